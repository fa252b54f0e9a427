"""A page to the text of its article and what it says of itself."""
