"""Which articles are the same: signatures, candidates, duplicates."""
