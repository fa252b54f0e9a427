"""SQL that brings a lake into each warehouse: `warta sql`."""
