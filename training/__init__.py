"""Makes the models that warta ships: `make train`. Nothing here is imported at run time."""
