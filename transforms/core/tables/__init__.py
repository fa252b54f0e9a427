"""Each table of the lake: a module with all that is said of it. schema.py lists them."""
