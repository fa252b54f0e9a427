"""Which date an article has, and how it is known."""
