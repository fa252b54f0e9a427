"""Articles of our own, with what cleaning and tagging make of each: see records.py."""
