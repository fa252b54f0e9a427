"""What failed on Spark, said in one line."""

import pytest

from warta.pipeline.spark.causes import cause_of

HEAD = (
    "org.apache.spark.SparkException: Job aborted due to stage failure: Task 3 in stage 1.0 failed "
    "4 times, most recent failure: Lost task 3.3 in stage 1.0 (TID 12) (10.0.0.7 executor 2): "
)
JAVA = "\n\tat org.apache.spark.api.python.BasePythonRunner.read(PythonRunner.scala:1)\n"
PYTHON = HEAD + "org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n"
LAKE = "warta.transforms.core.errors.LakeWriteError: cannot write to the lake /l: no space left"


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (f'{PYTHON}  File "w.py", line 1, in f\n{LAKE}\n{JAVA}', LAKE),
        (
            f"{PYTHON}KeyError: 'a'\n\nDuring handling another occurred:\n\n"
            f"Traceback (most recent call last):\nValueError: b\n{JAVA}\nDriver stacktrace:\n",
            "ValueError: b",
        ),
        (
            f"{PYTHON}ModuleNotFoundError: No module named 'warta'\n{JAVA}",
            "the executors' Python has no warta: give executors an environment that holds warta",
        ),
        (
            f"{HEAD}org.apache.spark.SparkException: \nError from python worker:\n  "
            "Fatal Python error: init_fs_encoding\nPYTHONPATH was:\n  /x.zip\n" + JAVA,
            "the executors' Python does not start: Fatal Python error: init_fs_encoding",
        ),
        (
            f"{HEAD}ExecutorLostFailure (executor 2 exited caused by one of the running tasks) "
            "Reason: Command exited with code 137\nDriver stacktrace:",
            "executor 2 was lost again and again (Command exited with code 137): its machine may",
        ),
        (
            'java.io.IOException: Cannot run program "/no/python": error=2, No such file' + JAVA,
            'Cannot run program "/no/python": error=2, No such file',
        ),
        ("", "Spark gave no reason"),
    ],
)
def test_the_cause_is_one_line(message: str, line: str) -> None:
    """The worker's own last words, or what Spark says of the executor."""
    found = cause_of(message)
    assert found.startswith(line)
    assert "\n" not in found
