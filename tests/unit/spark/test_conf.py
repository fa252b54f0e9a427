"""What Spark is asked with."""

import pytest

from warta.pipeline.options import RunOptions
from warta.pipeline.spark.conf import Conf, conf_of, is_secret
from warta.transforms.core.errors import UsageError


def _conf(
    *given: str,
    master: str | None = None,
    submitted: bool = False,
    environment: dict[str, str] | None = None,
) -> Conf:
    return conf_of(master, given, 3, submitted=submitted, environment=environment or {})


def test_without_a_word_it_runs_on_this_machine() -> None:
    """On as many cores as workers, quietly, and closed to the network."""
    conf = _conf()
    assert conf.values["spark.master"] == "local[3]"
    assert conf.values["spark.ui.enabled"] == "false"
    assert not conf.is_verbose


def test_a_cluster_keeps_its_page() -> None:
    """Operators look at it."""
    conf = _conf(master="spark://host:7077")
    assert conf.values["spark.master"] == "spark://host:7077"
    assert "spark.ui.enabled" not in conf.values


def test_settings_of_the_user_win() -> None:
    """Over ours, which are there for the rest."""
    conf = _conf("spark.python.daemon.module=own.daemon", "spark.warta.silence=5m")
    assert conf.values["spark.python.daemon.module"] == "own.daemon"
    assert conf.silence_s == 300
    assert "spark.warta.silence" not in conf.values


def test_a_value_may_hold_the_sign_that_ends_a_name() -> None:
    """Java's options do."""
    assert _conf("spark.x=-Da=b").values["spark.x"] == "-Da=b"


def test_the_python_of_executors_is_ours_unless_named() -> None:
    """By a setting, or by Spark's variable."""
    assert _conf(environment={"PYSPARK_PYTHON": "/opt/py"}).python == "/opt/py"
    named = _conf("spark.pyspark.python=./env/bin/python", environment={"PYSPARK_PYTHON": "/opt"})
    assert named.python == "./env/bin/python"


@pytest.mark.parametrize(
    ("given", "master", "submitted", "line"),
    [
        (("executor.memory=1g",), None, False, "takes spark.NAME=VALUE, not 'executor.memory=1g'"),
        (("spark.executor.memory",), None, False, "not 'spark.executor.memory'"),
        (("fs.s3a.secret.key=hush",), None, False, r"not 'fs.s3a.secret.key=...'"),
        ((), "local", True, "spark-submit names the master"),
        (("spark.master=local",), "yarn", False, "the master is named twice"),
        (("spark.warta.silence=soon",), None, False, "a span of time"),
        (("spark.warta.silence=0s",), None, False, "a span of time"),
    ],
)
def test_what_cannot_be_is_refused(
    given: tuple[str, ...], master: str | None, submitted: bool, line: str
) -> None:
    """In one line, without secrets."""
    with pytest.raises(UsageError, match=line) as shown:
        _conf(*given, master=master, submitted=submitted)
    assert "hush" not in str(shown.value)


def test_under_spark_submit_its_master_is_kept() -> None:
    """Nothing of ours says where to run."""
    assert "spark.master" not in _conf(submitted=True).values


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("spark.hadoop.fs.s3a.access.key", True),
        ("spark.executorEnv.AWS_SECRET_ACCESS_KEY", True),
        ("spark.ssl.keyPassword", True),
        ("spark.executor.memory", False),
    ],
)
def test_secrets_are_known_by_their_names(name: str, secret: bool) -> None:
    """They do not go on a command line."""
    assert is_secret(name) is secret


def test_other_engines_take_no_options_of_spark() -> None:
    """They would be passed over without a word."""
    with pytest.raises(UsageError, match="are for --engine spark"):
        RunOptions(sources=(), lake="lake", spark_master="yarn")
