"""A lake, looked through and brought back: what a commit promises, by file and by row."""
