"""The batch graph on Apache Spark, through PySpark: a small runner of Beam's own transforms."""
