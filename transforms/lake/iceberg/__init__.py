"""Iceberg tables over a lake's own files: the lake is its own catalog."""
