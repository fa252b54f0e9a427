"""`warta report`: a lake, or one of its articles, as a page to look at in a browser."""
