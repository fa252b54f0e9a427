"""Python on an executor: one process loads the steps and their tables, and forks the others.

Spark starts it in place of its own (`spark.python.daemon.module`), once an executor process.
"""

import os
import zipimport

from warta.pipeline.worker import ONE_THREAD, load


def main() -> None:
    """Load what the steps need, then fork a worker for each core, as Spark asks for them."""
    from pyspark.daemon import manager

    keep_directories_of_zips()
    manager()


def keep_directories_of_zips() -> None:
    """Let zips on the path be listed once a process.

    PySpark forgets all listings before each task, and reads those of zips again: its own has some
    two thousand files, which takes as long as ten articles. What Spark adds for a job has a path of
    its own and is listed when it comes.
    """
    # mypy refuses to see a method assigned.
    setattr(zipimport.zipimporter, "invalidate_caches", _keep)  # noqa: B010


def _keep(_: zipimport.zipimporter) -> None:
    return


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)
    load()
    main()
