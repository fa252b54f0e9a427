"""What Spark is asked with: its own settings, and warta's few among them. No PySpark."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from warta.transforms.core.errors import UsageError

SILENCE = "spark.warta.silence"
"""How long no task may begin or end, before a job is given up."""
_SILENCE_S = 1800.0
_SECRET = re.compile(r"secret|password|token|credential|access[._]?key|account\.key", re.I)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600}
_DEFAULTS = MappingProxyType(
    {
        "spark.app.name": "warta",
        # Loads models once for all cores of an executor: see daemon.py.
        "spark.python.daemon.module": "warta.pipeline.spark.daemon",
        "spark.ui.showConsoleProgress": "false",
    }
)
_OF_LOCAL = MappingProxyType(
    {
        # Nobody looks at it, and its port is open to the network.
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
)


@dataclass(frozen=True, slots=True)
class Conf:
    """How Spark is started."""

    values: Mapping[str, str]
    """Spark's settings by name."""
    silence_s: float
    python: str
    """The Python of executors."""

    @property
    def is_verbose(self) -> bool:
        """Return whether Spark's own log is wanted."""
        return "spark.log.level" in self.values


def conf_of(
    master: str | None,
    given: Sequence[str],
    workers: int,
    *,
    submitted: bool,
    environment: Mapping[str, str] = os.environ,
) -> Conf:
    """Return what Spark is asked with.

    Args:
      master: Where it runs; None: where spark-submit says, or on this machine.
      given: Settings as KEY=VALUE, which win over those of warta.
      workers: Cores to use on this machine.
      submitted: spark-submit has started this process.
      environment: Variables.

    Raises:
      UsageError: A setting has another form, or the master is named twice.

    Example:
      >>> conf_of(None, ["spark.executor.memory=2g"], 4, submitted=False).values["spark.master"]
      'local[4]'
    """
    own: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name.startswith("spark."):
            raise UsageError(f"--spark-conf takes spark.NAME=VALUE, not {_shown(pair)!r}")
        own[name] = value
    if submitted and (master or "spark.master" in own):
        raise UsageError("spark-submit names the master: leave --spark-master out")
    if master and "spark.master" in own:
        raise UsageError("the master is named twice: by --spark-master and by --spark-conf")
    values = dict(_DEFAULTS)
    if not submitted:
        values["spark.master"] = master or own.get("spark.master") or f"local[{workers}]"
        if values["spark.master"].startswith("local"):
            values |= _OF_LOCAL
    silence_s = _seconds(own.pop(SILENCE, f"{_SILENCE_S:g}"))
    values |= own
    python = own.get("spark.pyspark.python") or environment.get("PYSPARK_PYTHON") or sys.executable
    return Conf(MappingProxyType(values), silence_s, python)


def is_secret(name: str) -> bool:
    """Return whether a setting's value is for nobody to see.

    Example:
      >>> is_secret("spark.hadoop.fs.s3a.secret.key"), is_secret("spark.executor.memory")
      (True, False)
    """
    return bool(_SECRET.search(name))


def _shown(pair: str) -> str:
    """Return a setting that is wrong, without the value of a secret."""
    name, equals, _ = pair.partition("=")
    return f"{name}=..." if equals and is_secret(name) else pair


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not found or not float(found[1]):
        raise UsageError(f"{SILENCE} takes a span of time such as 90s or 30m, not {text!r}")
    return float(found[1]) * _UNITS[found[2]]
