"""Topics of an article, and how sure they are."""
