"""Stories of a lake: what is read of them, decided for new articles, staged and rebuilt.

How alike two articles are is in `transforms/stories`; here are the rows, files and days of a lake.
"""
