"""`warta changes`: lines for rows, commits and files; a stream of Arrow."""

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tests.support.lakes import article, bad, write_plainly
from warta.pipeline.cli import cli
from warta.transforms.core.errors import LoadAnewError, UsageError
from warta.transforms.lake.storage import Lake


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """Two commits: an article and a reject, then another article."""
    write_plainly(lake, [article("a"), bad("b")], "first")
    write_plainly(lake, [article("c")], "second")
    return lake


def _changes(lake: Lake, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _output(lake, *options).splitlines()]


def _output(lake: Lake, *options: str) -> bytes:
    done = CliRunner().invoke(cli, ["changes", lake.uri, *options], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.stdout_bytes


def test_lines_are_rows_and_ends_of_commits(lake: Lake) -> None:
    lines = _changes(lake)
    shape = [(line["sequence"], line.get("table"), line.get("op")) for line in lines]
    assert shape == [
        (1, "articles", "insert"),
        (1, "mentions", "insert"),
        (1, "rejects", "upsert"),
        (1, None, None),
        (2, "articles", "insert"),
        (2, "mentions", "insert"),
        (2, None, None),
    ]
    assert [line["commit"] for line in lines if line.get("end")] == ["first", "second"]
    assert lines[0]["row"]["canonical_url"] == "https://berita.example/a"
    assert lines[2]["row"]["raw"] == "ew=="


def test_a_reader_that_has_all_is_given_the_number_to_go_on_from(lake: Lake) -> None:
    assert _changes(lake, "--since", "2") == [{"sequence": 2, "end": True}]
    assert _changes(lake, "--since", "first", "--table", "rejects") == [
        {"sequence": 2, "end": True}
    ]


def test_files_are_those_that_later_commits_list(lake: Lake) -> None:
    *files, end = _changes(lake, "--since", "1", "--format", "files", "--table", "articles")
    (file,) = files
    assert (file["key"], file["merged"]) == (["article_id", "version"], False)
    assert pq.read_metadata(file["path"]).num_rows == file["rows"] == 1
    assert end == {"sequence": 2, "end": True}


def test_a_stream_of_arrow_holds_one_table_with_the_numbers_of_commits(lake: Lake) -> None:
    data = _output(lake, "--format", "arrow", "--table", "articles")
    rows = pa.ipc.open_stream(data).read_all()
    assert rows["_sequence"].to_pylist() == [1, 2]
    assert rows["article_body"].null_count == 0
    with pytest.raises(UsageError, match="name it with --table"):
        _output(lake, "--format", "arrow")


def test_an_unknown_commit_wants_all_anew(lake: Lake) -> None:
    with pytest.raises(LoadAnewError) as error:
        _output(lake, "--since", "another")
    assert error.value.exit_status == 4
