"""Python on an executor: one process loads the steps and their tables, and forks the others.

Spark starts it in the place of its own (`spark.python.daemon.module`), once an executor process.
"""

import os

from warta.pipeline.worker import ONE_THREAD, load


def main() -> None:
    """Load what the steps need, then fork a worker for each core, as Spark asks for them."""
    from pyspark.daemon import manager

    manager()


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)
    load()
    main()
