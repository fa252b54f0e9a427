"""Sources to records: one reader a kind."""
