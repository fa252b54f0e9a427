"""The public transforms in graphs that are not warta's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from tests.support.lakes import article
from warta.transforms import Article, ReadCount, WriteLake, open_dataset, open_writer
from warta.transforms.core.errors import LakeBusyError, LakeError, UsageError
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.layout import STAGING
from warta.transforms.lake.storage import Lake


def write(lake: Path, rows: Sequence[Article], commit_id: str, **parts: Sequence[Any]) -> None:
    with (
        open_writer(str(lake), commit_id=commit_id) as writer,
        beam.Pipeline(runner=FnApiRunner()) as root,
    ):
        inputs = {name: root | name >> beam.Create(given) for name, given in parts.items()}
        made = root | "Made" >> beam.Create(rows).with_output_types(Article)
        _ = {"articles": made, **inputs} | WriteLake(writer)


def counts_of(lake: Path, commit_id: str) -> dict[str, int]:
    document = read_commit(Lake(str(lake)), commit_id)
    assert document is not None
    return dict(document["counts"])


def test_rows_are_compared_with_the_lake_and_counted_as_they_arrive(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write(lake, [article("a"), article("b")], "senin")
    write(lake, [article("b"), article("c")], "selasa")
    assert counts_of(lake, "senin") == {
        "read": 2, "published": 2, "duplicates": 0, "rejected": 0
    }  # fmt: skip
    assert counts_of(lake, "selasa") == {
        "read": 2, "published": 1, "duplicates": 1, "rejected": 0
    }  # fmt: skip
    assert open_dataset(str(lake)).count_rows() == 3
    assert not list((lake / STAGING).iterdir())


def test_nothing_at_all_is_committed_too(tmp_path: Path) -> None:
    write(tmp_path / "lake", [], "kosong")
    assert counts_of(tmp_path / "lake", "kosong")["read"] == 0


def test_a_commit_id_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path / "lake", [article("a")], "senin")
    with pytest.raises(LakeError, match="has the commit senin already"):
        write(tmp_path / "lake", [article("b")], "senin")


def test_a_record_that_was_read_and_never_arrives_fails_the_commit(tmp_path: Path) -> None:
    """With the readers' counts, an article lost in the graph publishes nothing at all."""
    lake = tmp_path / "lake"
    with pytest.raises(Exception, match="the counts do not add up: read 3, but published 2"):
        write(lake, [article("a"), article("b")], "senin", counts=[ReadCount("x", 3)])
    assert read_commit(Lake(str(lake)), "senin") is None
    assert open_dataset(str(lake)).count_rows() == 0
    assert not list((lake / STAGING).iterdir())


def test_known_records_are_duplicates(tmp_path: Path) -> None:
    counts = [ReadCount("x", 3)]
    write(tmp_path / "lake", [article("a")], "senin", counts=counts, known=[1, 1])
    assert counts_of(tmp_path / "lake", "senin")["duplicates"] == 2


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["counts"], "needs articles or rejects"),
        (["articles", "known"], "`known` requires `counts`"),
    ],
)
def test_inputs_that_say_too_little_are_refused(
    tmp_path: Path, names: Sequence[str], message: str
) -> None:
    with open_writer(str(tmp_path / "lake")) as writer:
        root = beam.Pipeline(runner=FnApiRunner())
        inputs = {name: root | name >> beam.Create([]) for name in names}
        with pytest.raises(ValueError, match=message):
            _ = inputs | WriteLake(writer)


def test_two_writers_never_hold_a_lake_together(tmp_path: Path) -> None:
    with open_writer(str(tmp_path / "lake")), pytest.raises(LakeBusyError):
        open_writer(str(tmp_path / "lake")).__enter__()


@pytest.mark.parametrize("commit_id", ["", "../x", "Senin", "a" * 65, "a.json"])
def test_a_commit_id_that_is_no_name_is_refused(tmp_path: Path, commit_id: str) -> None:
    with pytest.raises(UsageError, match="a commit id takes"):
        open_writer(str(tmp_path / "lake"), commit_id=commit_id).__enter__()
    assert not (tmp_path / "lake").exists()


def test_a_folder_of_others_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "foto.jpg").touch()
    with pytest.raises(UsageError, match="not empty"):
        open_writer(str(tmp_path)).__enter__()
