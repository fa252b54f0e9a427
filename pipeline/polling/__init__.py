"""`warta watch`: poll cycles, one after the other."""
