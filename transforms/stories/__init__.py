"""Which articles tell the same story: vectors, clustering, relations."""
