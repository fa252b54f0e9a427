"""The command line: what reaches a run, what is refused, what is shown, and the exit status."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyarrow import ArrowInvalid

from tests.support.waiting import PATIENCE_S
from warta import pipeline
from warta.pipeline.cli import main
from warta.pipeline.console.log import log
from warta.pipeline.console.results import BatchReport, RunReport
from warta.pipeline.options import RunOptions
from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import LakeError, StorageError, UsageError
from warta.transforms.core.options import CleaningOptions, DedupOptions, TaggingOptions
from warta.transforms.core.records import ChosenRejects, Source

COUNTS = Counts(read=10, published=6, duplicates=2, rejected=2)


@dataclass
class FakeRun:
    """Stands for pipeline.batch: remembers its settings, and reports or raises."""

    counts: Counts = COUNTS
    error: BaseException | None = None
    begins: bool = True
    settings: list[RunOptions] = field(default_factory=list)

    def __call__(self, settings: RunOptions, worker: list[str]) -> RunReport:
        """Takes the place of `warta.pipeline.batch.run`."""
        self.settings.append(settings)
        if self.begins:
            log.info("batch_started", number=1, of=1, input_bytes=2_000_000)
        if self.error:
            raise self.error
        report = BatchReport("t1", self.counts, {"too_short": self.counts.rejected}, 3, 2.0)
        log.info("batch_committed", number=1, of=1, **report.fields())
        skipped = ("notes.md: not a feed",)
        return RunReport(settings.lake, (report,), 2.0, skipped, is_new_lake=True)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., FakeRun]:
    """Puts a FakeRun in place of the real one, in a folder that holds a.txt."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").touch()

    def install(**behaviour: object) -> FakeRun:
        run = FakeRun(**behaviour)  # type: ignore[arg-type]
        monkeypatch.setattr(pipeline, "batch", SimpleNamespace(run=run), raising=False)
        monkeypatch.setattr("warta.pipeline.worker.fork_server", lambda: nullcontext([]))
        return run

    return install


def test_every_option_reaches_the_settings(fake: Callable[..., FakeRun], tmp_path: Path) -> None:
    """Options are in RunOptions under their names, in their types; config sources come first."""
    run = fake()
    (tmp_path / "names.tsv").touch()
    (tmp_path / "desk.tsv").write_text("code\tname\tterms\nx\tn\tt\n")
    (tmp_path / "s.toml").write_text('[[source]]\nname = "n"\nlocation = "a.txt"\n')
    words = (
        "run a.txt --lake l --kind text --config s.toml --engine local --workers 3 --epoch-mb 7 "
        "--epoch-files 70 --input-timeout 3s "
        "--dedup-days 9 --near-threshold 0.7 --story-days 5 --min-words 11 "
        "--keep-bad-dates --extraction accurate "
        "--gazetteer names.tsv --gazetteer names.tsv --topics desk.tsv --no-iptc --strict "
        "--compact off --small-files 5 "
        "--wait 90 --runner FlinkRunner "
        "--flink_master=[local] --no_auth --temp_location /tmp/x"
    )
    assert main(words.split()) == 0
    assert run.settings == [
        RunOptions(
            sources=(Source("a.txt", name="n"), Source("a.txt", kind="text")),
            lake="l",
            cleaning=CleaningOptions(min_words=11, keep_bad_dates=True, extraction="accurate"),
            engine="local",
            workers=3,
            epoch_mb=7,
            epoch_files=70,
            typed=("a.txt",),
            silence_s=3,
            dedup=DedupOptions(days=9, near_threshold=0.7),
            story_days=5,
            tagging=TaggingOptions(("names.tsv", "names.tsv"), ("desk.tsv",), iptc=False),
            strict=True,
            compact="off",
            small_files=5,
            wait_s=90,
            beam_options=(
                "--runner=FlinkRunner",
                "--flink_master=[local]",
                "--no_auth",
                "--temp_location=/tmp/x",
            ),
        )
    ]


def test_the_defaults_are_those_of_settings(fake: Callable[..., FakeRun]) -> None:
    """A run with an input and a lake alone has the defaults of RunOptions and CleaningOptions."""
    run = fake()
    assert main(["run", "a.txt", "--lake", "l"]) == 0
    expected = RunOptions(sources=(Source("a.txt"),), lake="l", typed=("a.txt",), workers=1)
    # One small file is the work of one process.
    assert run.settings == [expected]


def test_a_replay_is_a_run_over_chosen_rejects(fake: Callable[..., FakeRun]) -> None:
    """Reasons, day and the options of a run reach the settings; nothing but rejects is fine."""
    run = fake(counts=Counts(read=4, rejected=4))
    words = "replay l --reason no_body --reason too_short --since 2026-11-09 --min-words 2"
    assert main(words.split()) == 0
    chosen = ChosenRejects(("no_body", "too_short"), date(2026, 11, 9))
    assert run.settings == [
        RunOptions((), "l", cleaning=CleaningOptions(min_words=2), replay=chosen)
    ]


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("stream", "--epoch-mb"),
        ("stream", "--epoch-files"),
        ("replay", "--epoch-mb"),
        ("replay", "--epoch-files"),
        ("watch", "--epoch-files"),
    ],
)
def test_an_option_that_does_nothing_is_not_offered(
    command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was once: scripts that name it go on, with a warning."""
    assert main([command, "--help"]) == 0
    assert option not in capsys.readouterr().out
    # Without a lake the command ends there, whichever it is.
    assert main([command, option, "7"]) == 2
    warning = f"warta: {option} has no effect on `warta {command}`"
    assert capsys.readouterr().err.splitlines().count(warning) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("run --lake l", "Name an INPUT"),
        ("run a.txt", "Missing option '--lake'"),
        ("run b.txt --lake l", "there is no file or folder b.txt"),
        ("run *.xml --lake l", "no file matches *.xml"),
        ("run a.txt --lkae l", "no such option --lkae; did you mean --lake?"),
        ("run a.txt --lake l --temp-location x", "no such option --temp-location"),
        ("run a.txt --lake l --dry_run x", "--dry_run is not for warta: take --dry-run"),
        ("run a.txt --lake l --direct_num_workers 2", "take --workers"),
        ("run a.txt --lake l --s3_secret_access_key x", "from the environment"),
        ("run a.txt --lake l --epoch-files 0", "--epoch-files must be at least 1"),
        ("run a.txt --lake=", "Invalid value for '--lake': it is empty"),
        ("verify ''", "it is empty"),
        ("run '' --lake l", "an INPUT is empty"),
        ("try ''", "a FILE is empty"),
        ("check absent.toml", "absent.toml"),
        ("stream - --lake l --engine prism", "- is a pipe: warta run reads it"),
        ("run a.txt --lake l --qqqqqqqq", "no such option --qqqqqqqq"),
        ("run a.txt --lake l -x", "no such option -x"),
        ("run a.txt --lake l --temp_location", "option --temp_location needs a value"),
        ("run a.txt --temp_location --lake l", "option --temp_location needs a value"),
        ("run a.txt --lake l --flink_version=9", "Beam refuses --flink_version"),
        ("run a.txt --lake l --parallelism two", "Beam refuses --parallelism"),
        ("run a.txt --lake l --workers 0", "--workers must be at least 1"),
        ("run a.txt --lake l --small-files 1", "--small-files must be at least 2"),
        ("run a.txt --lake l --compact no", "--compact is one of auto, off, not 'no'"),
        ("run a.txt --lake l --wait -1", "--wait"),
        ("replay l --reason odd", "--reason"),
        ("replay l --since yesterday", "--since"),
        ("compact l --target-mb 0", "--target-mb"),
        ("compact l", "l is not a lake"),
        ("verify l", "l is not a lake"),
        ("run a.txt --lake l --near-threshold 0.2", "--near-threshold must be between"),
        ("run a.txt --lake l --near-threshold nan", "--near-threshold must be between"),
        ("run a.txt --lake l --max-reject-ratio 2", "--max-reject-ratio"),
        ("run a.txt --lake l --kind fed", "--kind"),
        ("run a.txt --lake l --extraction best", "--extraction"),
        ("run a.txt --lake l --config absent.toml", "absent.toml"),
        ("run a.txt --lake l --gazetteer absent.tsv", "absent.tsv"),
        ("run a.txt --lake l --topics absent.tsv", "absent.tsv"),
        ("try", "Missing argument"),
        ("try a.txt --jsno", "--json"),
        ("try b.txt", "b.txt"),
        ("inspcet", "inspect"),
    ],
)
def test_a_wrong_command_is_refused_before_any_work(
    fake: Callable[..., FakeRun], capsys: pytest.CaptureFixture[str], words: str, message: str
) -> None:
    """Wrong usage is one line on standard error and exit status 2, and no run begins."""
    run = fake()
    assert main(shlex.split(words)) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""
    assert run.settings == []


@pytest.mark.parametrize("words", ["run a.txt --lake l", "try a.txt"])
def test_what_is_not_installed_is_reported_at_once(
    fake: Callable[..., FakeRun],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
) -> None:
    """Accurate extraction without its extra is wrong usage, with the way to get it."""
    run = fake()
    monkeypatch.setattr(
        "warta.transforms.cleaning.html.accurate_extraction.is_installed", lambda: False
    )
    assert main([*words.split(), "--extraction", "accurate"]) == 2
    assert "pip install 'warta[accurate]'" in capsys.readouterr().err
    assert run.settings == []


def test_words_after_two_dashes_are_inputs(fake: Callable[..., FakeRun], tmp_path: Path) -> None:
    """A file whose name begins with dashes can be named."""
    run = fake()
    (tmp_path / "--odd.txt").touch()
    assert main(["run", "--lake", "l", "--", "--odd.txt"]) == 0
    assert run.settings[0].sources == (Source("--odd.txt"),)


@pytest.mark.parametrize(
    ("error", "begins", "status"),
    [
        (UsageError("an engine that is not there"), False, 2),
        (StorageError("a bucket that is not there"), False, 2),
        (LakeError("a lake from the future"), False, 2),
        (PermissionError(13, "Permission denied", "/lake"), False, 2),
        (LakeError("the counts do not add up"), True, 1),
        (StorageError("a bucket that went away"), True, 1),
        (OSError(28, "No space left on device", "/lake/x"), True, 1),
        (ArrowInvalid("google::cloud::Status(INVALID_ARGUMENT: no token)"), True, 1),
        (KeyboardInterrupt(), True, 130),
    ],
)
def test_errors_that_are_no_defect_are_one_line(
    fake: Callable[..., FakeRun],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    begins: bool,
    status: int,
) -> None:
    """Before work begins the command was wrong (2), later the run failed (1); never a traceback."""
    fake(error=error, begins=begins)
    assert main(["run", "a.txt", "--lake", "l", "--quiet"]) == status
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.strip().count("\n") == 0
    assert "Traceback" not in shown.err
    assert "warta: " in shown.err


@pytest.mark.parametrize("defect", [ZeroDivisionError, ArrowInvalid, ValueError])
def test_a_defect_is_not_hidden(
    fake: Callable[..., FakeRun], defect: Callable[[], Exception]
) -> None:
    """What nobody foresaw is raised, for its traceback."""
    fake(error=defect())
    with pytest.raises(type(defect())):
        main(["run", "a.txt", "--lake", "l"])


@pytest.mark.parametrize(("ratio", "status"), [("0.1", 3), ("0.2", 0), ("1", 0), ("0", 3)])
def test_too_many_rejects_have_a_status_of_their_own(
    fake: Callable[..., FakeRun], ratio: str, status: int
) -> None:
    """Two rejects of ten records are too many from a ratio below .2."""
    fake()
    assert main(["run", "a.txt", "--lake", "l", "--max-reject-ratio", ratio]) == status


def test_a_run_that_read_nothing_is_no_failure(fake: Callable[..., FakeRun]) -> None:
    """No records, no rejects: done."""
    fake(counts=Counts())
    assert main(["run", "a.txt", "--lake", "l", "--max-reject-ratio", "0"]) == 0


def test_quiet_says_nothing(
    fake: Callable[..., FakeRun], capsys: pytest.CaptureFixture[str]
) -> None:
    """--quiet leaves both streams empty."""
    fake()
    assert main(["run", "a.txt", "--lake", "l", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_run_reports_its_batches_and_its_sum(
    fake: Callable[..., FakeRun], capsys: pytest.CaptureFixture[str]
) -> None:
    """Progress goes to standard error, the summary with a query to standard output."""
    fake()
    main(["run", "a.txt", "--lake", "l"])
    shown = capsys.readouterr()
    assert "batch 1 of 1: started, 2.0 MB of input" in shown.err
    assert "batch 1 of 1: committed in 2.0 s, 10 read: 6 published" in shown.err
    assert "10 read: 6 published, 2 duplicates, 2 rejected" in shown.out
    assert "too_short" in shown.out
    assert "5 articles/s" in shown.out
    assert "1 file skipped, such as notes.md" in shown.out
    assert "l/articles" in shown.out


def test_the_module_is_the_command() -> None:
    """`python -m pipeline` is `warta`, with its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "run"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("warta: Missing option '--lake'")


@pytest.mark.parametrize("command", ["run", "try", "replay"])
@pytest.mark.parametrize("option", ["--gazetteer", "--topics"])
@pytest.mark.parametrize("table", [b"\xff\xfe\x00", b"Joko\tplanet\t\t\n"])
def test_a_wrong_table_is_reported_in_one_line(
    fake: Callable[..., FakeRun],
    capsys: pytest.CaptureFixture[str],
    command: str,
    option: str,
    table: bytes,
) -> None:
    """No text, or a row that cannot be: wrong usage, and nothing is run."""
    run = fake()
    Path("table.tsv").write_bytes(table)
    lake = ["--lake", "lake"] if command == "run" else []
    assert main([command, "a.txt", option, "table.tsv", *lake]) == 2
    message = capsys.readouterr().err
    assert "table.tsv" in message
    assert message.count("\n") == 1
    assert not run.settings


_INTERRUPTED = """
import signal, sys
from warta.pipeline import __main__
from warta.pipeline.loading import load

def interrupted(*_):
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None

load.load_lake = interrupted
sys.exit(__main__.main(sys.argv[1:]))
"""


def test_an_error_that_a_library_makes_of_a_signal_is_the_signal(tmp_path: Path) -> None:
    """DuckDB is interrupted, and raises an error of its own."""
    words = ["load", f"duckdb:{tmp_path / 'news.duckdb'}", str(tmp_path / "lake")]
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 128 + signal.SIGTERM
    # DuckDB may speak of what it leaves behind in a process that ends so.
    assert done.stderr.splitlines()[0] == "warta: stopped by SIGTERM"
    assert "Traceback" not in done.stderr
