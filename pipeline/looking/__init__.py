"""Commands that look and write nothing: at a file, at a lake."""
