"""A lake into other stores: its changes as a stream, databases, statements for warehouses."""
