"""Changed samples of every format, in short: `make fuzz` takes a hundred thousand of them."""

from pathlib import Path

import pytest

from benchmarks.accounting import account_for
from benchmarks.fuzz import run_share, show
from benchmarks.mutants import make_mutant, samples
from benchmarks.suites import main, run_suite

SEED = 20_261_122


def test_mutants_are_accounted_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is published, a duplicate, passed over or a reject with a reason, within its time."""
    tally = run_share(SEED, 0, 250)
    assert show(tally, SEED), capsys.readouterr().out
    assert tally.mutants == 250
    assert tally.outcomes["published"] > 50


def test_a_mutant_is_the_same_again() -> None:
    """A failure can be run alone, by its seed and number."""
    mutants = [make_mutant(SEED, number) for number in range(40)]
    assert mutants == [make_mutant(SEED, number) for number in range(40)]
    assert mutants != [make_mutant(SEED + 1, number) for number in range(40)]
    assert len({one.data for one in mutants}) == 40
    assert {one.format for one in samples()} == {"xml", "html", "jsonl", "json", "warc", "txt"}


def test_every_sample_is_accounted_for_unchanged(tmp_path: Path) -> None:
    """What mutants are made of is read first."""
    for sample in samples():
        path = tmp_path / sample.name
        path.write_bytes(sample.data)
        assert not [name for name in account_for(path) if name.startswith("failure")]


def test_a_suite_is_counted_and_its_other_files_are_left(tmp_path: Path) -> None:
    """Feeds in any folder below; a feed without entries is passed over."""
    item = "<item><title>Air</title><description>Air surut di muara pagi ini.</description></item>"
    (tmp_path / "deep").mkdir()
    for name, items in (("deep/one.xml", item), ("none.rss", ""), (".htaccess", item)):
        (tmp_path / name).write_text(f"<rss version='2.0'><channel>{items}</channel></rss>")
    (tmp_path / "bad.xml").write_text("<html></html>")
    files, outcomes, defects = run_suite(tmp_path)
    assert (files, defects) == (3, [])
    assert outcomes == {"published": 1, "passed over no_entries": 1, "rejected bad_feed": 1}


def test_suites_without_a_folder_are_skipped_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The suites are not part of the project."""
    monkeypatch.setattr("sys.argv", ["suites"])
    main()
    assert "skipped" in capsys.readouterr().out
