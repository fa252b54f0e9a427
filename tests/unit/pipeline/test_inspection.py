"""warta inspect: counts over small lakes."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warta.pipeline.cli import main
from warta.pipeline.inspection.lake import inspect_lake, render, to_json
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import ARTICLES, REJECTS
from warta.transforms.lake.storage import Lake

PUTIN = {"entity_id": "e1", "wikidata_id": "Q1", "name": "Tokoh [Satu]", "type": "person"}
KOTA = {"entity_id": "e2", "wikidata_id": None, "name": "Kota Dua", "type": "place"}
SPORT = {"scheme": "medtop", "qcode": "medtop:15000000", "name": "sport", "confidence": 0.9}


def article(day: str, **columns: Any) -> dict[str, Any]:
    """The columns that are counted."""
    base: dict[str, Any] = {"published_date": day, "in_language": "id", "publisher_name": None}
    base |= {"feed_url": None, "source_uri": "dumps/kabar.jsonl"}
    return {**base, "duplicate_kind": None, "topics": [], "entities": [], **columns}


ROWS = [
    article("2026-03-23", topics=[SPORT], entities=[{**PUTIN, "mentions": 3}]),
    article(
        "2026-03-24",
        publisher_name="Kabar",
        topics=[SPORT],
        entities=[{**KOTA, "mentions": 1}, {**PUTIN, "mentions": 1}],
    ),
    article("2026-03-24", in_language="en", publisher_name="Kabar", duplicate_kind="near"),
    article("unknown", topics=None, entities=None),
]


def write_rows(
    lake: Path, table: str, schema: pa.Schema, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """One file a table, as a commit lists it: only the columns that the rows have."""
    folder = lake / table / "day=x"
    folder.mkdir(parents=True)
    narrow = pa.schema([schema.field(name) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, narrow), folder / "a.parquet")
    listed = {"table": table, "partition": "x", "path": f"{table}/day=x/a.parquet"}
    return {**listed, "rows": len(rows), "bytes": (folder / "a.parquet").stat().st_size}


def write_commit(lake: Path, number: int, files: list[dict[str, Any]]) -> None:
    """A commit file as runs leave it."""
    counts = {"read": 6, "published": 4, "duplicates": 1, "rejected": 1}
    document = {
        "token": f"t{number}",
        "committed_at": f"2026-03-24T10:{number:02}:00+00:00",
        "counts": counts,
        "files": files,
        "seconds": 1.5,
    }
    (lake / "_commits" / f"t{number}.json").write_text(json.dumps(document))


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """Four articles without bodies, one reject, two commits."""
    path = Path(lake.uri)
    rejects = [{"reason": "too_short"}, {"reason": "bad_json"}] * 2
    files = [
        write_rows(path, "articles", ARTICLES.schema, ROWS),
        write_rows(path, "rejects", REJECTS.schema, rejects),
    ]
    write_commit(path, 1, [])
    write_commit(path, 2, files)
    (path / "_commits" / "t3.pending").write_text("{}")
    return lake


def test_a_lake_is_counted_without_its_bodies(lake: Lake) -> None:
    """Every count is right in a lake whose files hold no article_body at all."""
    found = inspect_lake(lake.uri)
    assert (found.tables["articles"].rows, found.tables["articles"].files) == (4, 1)
    assert found.tables["articles"].bytes > 0
    assert found.tables["rejects"].rows == 4
    assert found.tables["mentions"].rows == 0
    assert found.days == {"2026-03-23": 1, "2026-03-24": 2, "unknown": 1}
    assert found.languages == {"id": 3, "en": 1}
    assert found.publishers == {"(none)": 2, "Kabar": 2}
    assert found.duplicates == {"near": 1}
    assert found.topics == {"sport": 2}
    assert found.rejects == {"bad_json": 2, "too_short": 2}


def test_entities_are_counted_by_article_and_by_mention(lake: Lake) -> None:
    """The entity that most articles name is first, with all its mentions."""
    first, second = inspect_lake(lake.uri).entities
    assert (first.name, first.wikidata_id, first.articles, first.mentions) == (
        "Tokoh [Satu]",
        "Q1",
        2,
        4,
    )
    assert (second.name, second.wikidata_id, second.articles) == ("Kota Dua", None, 1)


def test_the_newest_commits_come_first(lake: Lake) -> None:
    """Commits are newest first without their file lists; a plan is not a commit."""
    found = inspect_lake(lake.uri)
    assert [commit["token"] for commit in found.commits] == ["t2", "t1"]
    assert found.commits[0]["files"] == 2
    assert found.commits_in_all == 2


def test_json_says_what_was_found(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints one object that holds all counts."""
    assert main(["inspect", lake.uri, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads(to_json(inspect_lake(lake.uri)))
    assert document["days"]["unknown"] == 1


def test_the_page_shows_every_part(lake: Lake) -> None:
    """The readable form names each count, and others' brackets are not markup."""
    page = render(inspect_lake(lake.uri))
    for part in ("2026-03-24", "Kabar", "sport", "Tokoh [Satu]", "too_short", "2026-03-24 10:02"):
        assert part in page
    assert "\x1b" not in page


GLUED = "Harga naik.Pedagang mengeluh. Pasar sepi.Pembeli pergi."
CUT = "Banjir di Sumbersar. dan Wangunin. Warga Sumbersari dan Wanguning lega."


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Articles of three publishers: of one, one in two is damaged, of another all are."""
    path = tmp_path / "damaged"
    Lake(str(path)).create()
    bodies = [("Kabar", GLUED), ("Kabar", "Pasar sepi."), ("Warta", CUT), (None, CUT), ("Aman", "")]
    rows = [
        article("2026-03-24", publisher_name=name, article_body=body)
        for name, body in [*bodies, ("Aman", "Pasar sepi. Pembeli pergi.")]
    ]
    write_commit(path, 1, [write_rows(path, "articles", ARTICLES.schema, rows)])
    return path


def test_publishers_with_damaged_articles_are_named(damaged: Path) -> None:
    """Each with its share and an example; undamaged ones are left out; the same every time."""
    found = inspect_lake(str(damaged)).damage
    assert [(one.publisher, one.looked_at, one.glued, one.cut) for one in found] == [
        ("(none)", 1, 0, 1),
        ("Warta", 1, 0, 1),
        ("Kabar", 2, 1, 0),
    ]
    assert found[2].glued_example
    assert "naik.Pedagang" in found[2].glued_example
    assert found[1].cut_example
    assert "Sumbersar." in found[1].cut_example
    assert inspect_lake(str(damaged)).damage == found


def test_the_page_and_the_json_show_damage(damaged: Path) -> None:
    """A table with shares and examples, and the same in --json."""
    found = inspect_lake(str(damaged))
    page = render(found)
    assert "Glued words and lost letters" in page
    assert "50%" in page
    assert "naik.Pedagang" in page
    assert json.loads(to_json(found))["damage"][0]["cut"] == 1


def test_a_lake_without_bodies_has_no_damage(lake: Lake) -> None:
    """Files that lack the column are passed over."""
    found = inspect_lake(lake.uri)
    assert found.damage == ()
    assert "Glued" not in render(found)


def test_a_sample_is_bounded(damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than so many articles of a publisher are looked at."""
    monkeypatch.setattr("warta.pipeline.inspection.damage.ROWS_OF_A_PUBLISHER", 1)
    assert {one.looked_at for one in inspect_lake(str(damaged)).damage} == {1}


def test_a_narrow_terminal_loses_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """In 20 columns lines wrap in the terminal, and every name is still there."""
    monkeypatch.setenv("COLUMNS", "20")
    page = render(inspect_lake(lake.uri))
    for part in ("articles", "mentions", "too_short", "2026-03-24 10:02", " kB"):
        assert part in page


def test_an_empty_lake_is_a_lake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lake without rows is shown as such."""
    Lake(str(tmp_path)).create()
    assert main(["inspect", str(tmp_path)]) == 0
    assert "articles" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["absent", "."])
def test_what_is_no_lake_is_reported_in_one_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing folder and a folder of other things are wrong usage."""
    assert main(["inspect", str(tmp_path / name)]) == 2
    errors = capsys.readouterr().err
    assert "is not a lake" in errors
    assert errors.count("\n") == 1


def test_an_unknown_scheme_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A URI that nothing can open is wrong usage."""
    assert main(["inspect", "gopher://lake"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_file_is_named(lake_path: Path) -> None:
    """A Parquet file without its footer is reported by its name."""
    (lake_path / "articles" / "day=x" / "a.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(LakeError, match=r"a\.parquet is damaged"):
        inspect_lake(str(lake_path))


def test_a_file_that_no_commit_lists_is_not_counted(lake_path: Path) -> None:
    """Half of a run that is being published is in no figure."""
    before = inspect_lake(str(lake_path))
    half = lake_path / "articles" / "day=x" / "half.parquet"
    half.write_bytes((lake_path / "articles" / "day=x" / "a.parquet").read_bytes())
    assert inspect_lake(str(lake_path)) == before


def test_a_damaged_commit_is_named(lake_path: Path) -> None:
    """A commit file that is not JSON is reported by its name."""
    (lake_path / "_commits" / "t2.json").write_text("{")
    with pytest.raises(LakeError, match=r"t2\.json"):
        inspect_lake(str(lake_path))


def test_a_uri_with_one_slash_is_reported_to_be_no_uri(capsys: pytest.CaptureFixture[str]) -> None:
    """It would name a folder "file:" here, beside the lake that was meant."""
    assert main(["inspect", "file:/srv/lake"]) == 2
    assert "three slashes, file:///folder" in capsys.readouterr().err
