"""`warta watch`: epoch after epoch of following the news, and what is told of it."""
