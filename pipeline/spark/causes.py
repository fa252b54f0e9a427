"""What failed in a Spark job, in the words of the worker that it failed in. No PySpark."""

import re

_TRACEBACK = "Traceback (most recent call last):"
_JAVA_FRAME = re.compile(r"^\s+at |^Driver stacktrace:|^Caused by: ")
_NOT_STARTED = "Error from python worker:"
_LOST = re.compile(r"ExecutorLostFailure \(executor (\S+) [^)]*\) Reason: (.*)")
_NO_MODULE = re.compile(r"No module named '?(warta|apache_beam|pyarrow|pyspark)\b")
_CLASS = re.compile(r"^(?:Caused by: )?(?:java|javax|scala|org|com)(?:\.[\w$]+)+: (?=\S)")
SHIP = "give executors an environment that holds warta (docs/guides/spark.md)"


def cause_of(message: str) -> str:
    r"""Return the line to show of what Spark says of a job that failed.

    Args:
      message: Of Spark's exception, with the tracebacks of Python and Java in it.

    Returns:
      The last line of the worker's own traceback where there is one.

    Example:
      >>> lines = ["Job aborted", "PythonException: Traceback (most recent call last):"]
      >>> lines += ['  File "worker.py", line 2, in main', "OSError: disk full", "  at A.java"]
      >>> cause_of("\n".join(lines))
      'OSError: disk full'
    """
    if missing := _NO_MODULE.search(message):
        return f"the executors' Python has no {missing[1]}: {SHIP}"
    lines = message.splitlines()
    if any(_NOT_STARTED in line for line in lines):
        return f"the executors' Python does not start: {_last_of(lines, _NOT_STARTED)}"
    if _TRACEBACK in message:
        return _last_of(lines, _TRACEBACK)
    if lost := _LOST.search(message):
        return (
            f"executor {lost[1]} was lost again and again ({lost[2].strip()}): its machine may "
            "need more memory, or fewer cores at once (spark.executor.cores)"
        )
    said = [_CLASS.sub("", line).strip() for line in lines if not _JAVA_FRAME.match(line)]
    return next((line for line in said if line), "Spark gave no reason")


def _last_of(lines: list[str], mark: str) -> str:
    """Return the last line that Python wrote after a mark."""
    start = max(number for number, line in enumerate(lines) if mark in line)
    said = []
    for line in lines[start + 1 :]:
        if _JAVA_FRAME.match(line) or line.startswith("PYTHONPATH was"):
            break
        if line.strip():
            said.append(line.strip())
    return said[-1] if said else lines[start].strip()
