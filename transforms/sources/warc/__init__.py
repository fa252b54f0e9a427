"""WARC archives, to records."""
