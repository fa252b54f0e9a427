"""What runs the graph: a module an engine, each with one `Engine`, listed in `registry.py`."""
