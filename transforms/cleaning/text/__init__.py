"""Plain text to the body of an article."""
