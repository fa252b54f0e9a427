"""Statements run by Spark over tables of Iceberg, in a process of its own with Spark's own Python.

    python tests/support/spark_sql.py JAR WAREHOUSE SCRIPTS

SCRIPTS is JSON: lists of statements. Prints what the tables hold after each list, as JSON.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

jar, warehouse, scripts = sys.argv[1:]
_CONFIG = {
    "spark.jars": jar,
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.desk": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.desk.type": "hadoop",
    "spark.sql.catalog.desk.warehouse": warehouse,
    "spark.sql.defaultCatalog": "desk",
}


def main() -> None:
    """Run the lists, one after the other."""
    builder = SparkSession.builder.master("local[1]")
    for name, value in _CONFIG.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sql("CREATE NAMESPACE news")
    session.sql("USE news")
    found = []
    for statements in json.loads(Path(scripts).read_text(encoding="utf-8")):
        for statement in statements:
            session.sql(statement)
        tables = [row.tableName for row in session.sql("SHOW TABLES").collect()]
        found.append({table: session.table(table).toJSON().collect() for table in tables})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
