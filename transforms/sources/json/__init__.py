"""JSONL and other JSON, to records."""
