"""warta try: from a file to a page or a line of JSON, without Beam and without a lake."""

import io
import json
import subprocess
import sys
import tempfile
import unicodedata
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.topics import read_own_set
from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import main
from warta.pipeline.inspection.pages import TextPrinter, explain_topics
from warta.transforms.core.options import CleaningOptions, InputLimits, TaggingOptions
from warta.transforms.core.records import (
    Article,
    Author,
    Entity,
    Mention,
    Place,
    RemovedSpan,
    SourceItem,
    Topic,
)
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.schema import ARTICLES, MENTIONS
from warta.transforms.tagging.topics.classify import TopicTagger
from warta.transforms.tagging.topics.taxonomy import read_taxonomy

ARTICLE = Article(
    article_id="0" * 32,
    article_body="Warga Kota Dua menanam seribu pohon.\nAcara itu berlangsung pagi hari.",
    published_date="2026-03-24",
    source_uri="",
    source_record_id="",
    extraction_method="text",
    content_sha256="f" * 64,
    word_count=11,
    headline="Seribu Pohon di Kota Dua",
    in_language="id",
    language_confidence=0.98,
    authors=(Author("Ani Lestari", "reporter"), Author("Budi")),
    info_sources=("ANTARA",),
    dateline="Kota Dua (ANTARA) -",
    location_created=Place("Kota Dua", "Q2"),
    date_published=datetime(2026, 3, 24, tzinfo=UTC),
    date_published_precision="day",
    date_published_source="text_weekday",
    date_published_raw="Selasa (24/3)",
    topics=(Topic("medtop", "medtop:06000000", "environment", 0.91),),
    entities=(Entity("e2", "Q2", "Kota Dua", "place", 2),),
    mentions=(Mention("e2", "Q2", "Kota Dua", "place", "article_body", 6, 14, 1.0, "gazetteer"),),
    removed_spans=(RemovedSpan(70, 400, "related_links", "Baca juga: " + "daftar pohon " * 30),),
)


class FakeTagger:
    """Stands for the taggers."""

    @classmethod
    def load(cls, tables: TaggingOptions) -> "FakeTagger":
        """There is nothing to load."""
        return cls()

    def tag(self, article: Article) -> Article:
        """The article as it is; one word stands for a defect."""
        if "salah" in article.article_body:
            raise ZeroDivisionError("no words")
        return article


def clean_fake(
    item: SourceItem, limits: InputLimits, now: datetime, options: CleaningOptions
) -> Article:
    """Stands for cleaning: the article above with the item's own text, if that is long enough."""
    content = item.content
    text = content.decode() if isinstance(content, bytes) else content
    if len(text.split()) < options.min_words:
        raise RejectedRecord("too_short", f"{len(text.split())} words")
    return replace(
        ARTICLE,
        article_body=ARTICLE.article_body if text.startswith("*") else text,
        source_uri=item.source_uri,
        source_record_id=item.source_record_id,
    )


@pytest.fixture
def fake_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaning and tagging by the fakes; reading is real."""
    tagging = ModuleType("tagging")
    tagging.ArticleTagger = FakeTagger  # type: ignore[attr-defined]
    monkeypatch.setattr("warta.transforms.cleaning.clean_record.clean_bounded", clean_fake)
    monkeypatch.setitem(sys.modules, "warta.transforms.tagging.tag", tagging)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A text of which the fake makes the article above."""
    path = tmp_path / "a.txt"
    path.write_text("* satu dua tiga empat lima")
    return path


@pytest.mark.usefixtures("fake_steps")
def test_json_has_every_column_of_the_lake(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line holds all columns of articles in their order, and mentions with all of theirs."""
    assert main(["try", "--json", str(text)]) == 0
    shown = capsys.readouterr()
    row = json.loads(shown.out)
    assert shown.out.count("\n") == 1
    assert shown.err == ""
    assert list(row) == [*ARTICLES.schema.names, "mentions"]
    assert row["version"] == 1
    assert row["date_published"] == "2026-03-24T00:00:00Z"
    assert row["authors"][0] == {"name": "Ani Lestari", "role": "reporter"}
    assert row["topics"][0]["qcode"] == "medtop:06000000"
    assert row["source_uri"] == str(text)
    assert row["run_id"] is row["ingested_at"] is row["duplicate_of"] is row["minhash"] is None
    (mention,) = row["mentions"]
    assert list(mention) == list(MENTIONS.schema.names)
    assert mention["article_id"] == row["article_id"]
    assert (mention["surface"], mention["start"], mention["end"]) == ("Kota Dua", 6, 14)


@pytest.mark.usefixtures("fake_steps")
def test_in_json_rejects_go_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output holds articles only; each reject is a line elsewhere and the status is 3."""
    path = tmp_path / "a.jsonl"
    good = json.dumps({"body": "satu dua tiga empat lima enam"})
    bug = json.dumps({"body": "satu dua tiga empat lima salah"})
    path.write_text(f'{good}\n{{broken\n{{"body": "pendek"}}\n{bug}\n')
    assert main(["try", "--json", str(path)]) == 3
    shown = capsys.readouterr()
    assert shown.out.count("\n") == 1
    for reason in ("bad_json", "too_short: 1 words", "internal_error: ZeroDivisionError: no words"):
        assert reason in shown.err
    assert shown.err.count(f"rejected: {path}") == 3


@pytest.mark.usefixtures("fake_steps")
def test_the_page_shows_what_was_found(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The readable form shows every part, within 80 columns, as plain text off a terminal."""
    assert main(["try", str(text)]) == 0
    page = capsys.readouterr().out
    for part in (
        "Seribu Pohon di Kota Dua",
        '2026-03-24 (day, from text_weekday "Selasa (24/3)")',
        "id (0.98)",
        "Ani Lestari (reporter), Budi",
        "Kota Dua (ANTARA) -",
        "Kota Dua Q2",
        "Warga Kota Dua menanam seribu pohon.",
        "related_links",
        "Kota Dua Q2 ×2",
        "0.91  environment (medtop:06000000)",
    ):
        assert part in page
    assert "\x1b" not in page
    assert max(len(line) for line in page.splitlines()) <= 80
    assert page.count("daftar pohon") < 10


@pytest.mark.usefixtures("fake_steps")
def test_explain_shows_mentions_and_removals_in_full(
    text: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """--explain adds the words of each topic, each mention and all of each removed piece."""
    monkeypatch.setattr(
        "warta.pipeline.inspection.pages.explain_topics",
        lambda *_: {"medtop:06000000": "pohon +2.0"},
    )
    assert main(["try", "--explain", str(text)]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert page.count("daftar pohon") == 30
    assert "article_body[6:14] by gazetteer, 1.00" in page
    assert "pohon +2.0" in page
    assert "0" * 32 in page


def test_every_topic_is_explained() -> None:
    """By its own words, by those of a branch that is too weak to be named, or of one below it."""
    for case in read_own_set()[::4]:
        given = case.headline, case.text, None, (), ()
        found = TopicTagger.load(case.language).topics(*given)
        article = replace(ARTICLE, headline=case.headline, article_body=case.text, entities=())
        article = replace(article, in_language=case.language, topics=found)
        reasons = explain_topics(article, TaggingOptions())
        above = {read_taxonomy()[topic.qcode].parent for topic in found if topic.qcode in reasons}
        assert {topic.qcode for topic in found} <= reasons.keys() | above


@pytest.mark.usefixtures("fake_steps")
def test_a_reject_is_shown_with_its_meaning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The readable form says why a record is rejected and shows its first words."""
    path = tmp_path / "a.txt"
    path.write_text("hanya dua")
    assert main(["try", str(path)]) == 3
    page = capsys.readouterr().out
    assert "rejected: too_short: 2 words" in page
    assert "fewer words than the limit" in page
    assert "9 bytes: hanya dua" in page


@pytest.mark.usefixtures("fake_steps")
@pytest.mark.parametrize("words", [[], ["--json"], ["--explain", "--kind", "text"]])
def test_others_text_cannot_steer_the_terminal(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    """Escape sequences and bells in a text never reach the screen as such."""
    monkeypatch.setattr("warta.pipeline.inspection.pages.explain_topics", lambda *_: {})
    path = tmp_path / "a.txt"
    path.write_text("satu \x1b]0;judul\x07 dua \x1b[2J tiga \x9b31m empat \u202e lima enam")
    assert main(["try", *words, str(path)]) == 0
    page = capsys.readouterr().out
    assert not {"\x1b", "\x07"} & set(page)
    assert "empat" in page


@pytest.mark.usefixtures("fake_steps")
def test_ideographs_are_wrapped_by_their_width(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text without blanks whose letters take two cells stays within the terminal."""
    path = tmp_path / "a.txt"
    path.write_text("新闻 新闻 新闻 新闻 新闻 " + "新闻报道" * 100)
    assert main(["try", str(path)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "报道" in line]
    assert len(lines) > 9
    assert max(len(line) for line in lines) <= 40


@pytest.mark.usefixtures("fake_steps")
@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["-"], "satu dua tiga empat lima"),
        (["-", "--kind", "jsonl"], '{"body": "satu dua tiga empat lima"}'),
        (["-"], '{"body": "satu dua tiga empat lima"}\n'),
    ],
)
def test_standard_input_is_read(
    words: list[str],
    given: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """- is what --kind says, else what its content is, and goes by the name -."""
    with tempfile.TemporaryFile("w+") as stdin:
        stdin.write(given)
        stdin.seek(0)
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["try", "--json", *words]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["article_body"] == "satu dua tiga empat lima"
    assert row["source_uri"] == "-"


@pytest.mark.usefixtures("fake_steps")
def test_a_file_of_no_known_kind_is_reported(
    text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder's files that are not read are named on standard error."""
    (text.parent / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    assert main(["try", str(text.parent)]) == 0
    assert "photo.png" in capsys.readouterr().err


def test_a_missing_file_is_reported_before_the_taggers_load(
    text: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One wrong path among good ones is wrong usage, and nothing is shown or loaded."""
    monkeypatch.setitem(sys.modules, "warta.transforms.tagging.tag", None)
    assert main(["try", str(text), str(text.parent / "absent.txt")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "absent.txt" in shown.err
    assert shown.err.count("\n") == 1


def test_a_text_needs_no_heavy_library(tmp_path: Path) -> None:
    """The real steps make an article of a text without importing Beam or rich."""
    path = tmp_path / "a.txt"
    path.write_text(
        "JAKARTA (ANTARA) - Presiden meresmikan jembatan baru di Surabaya, Selasa (24/3).\n"
        "Jembatan itu menghubungkan dua kecamatan dan dibangun selama tiga tahun.\n",
        encoding="utf-8",
    )
    code = (
        "import sys; from warta.pipeline.cli import main; status = main(sys.argv[1:]);"
        "heavy = {'apache_beam', 'rich', 'duckdb'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "try", str(path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert "Surabaya" in done.stdout


@given(st.text(st.characters(), max_size=300))
@settings(deadline=None, max_examples=100)
def test_any_text_can_be_shown(words: str) -> None:
    """No text breaks the page, or puts more than line ends on it that a terminal obeys."""
    spans = (RemovedSpan(0, 1, words, words),)
    article = replace(ARTICLE, headline=words, article_body=words, removed_spans=spans)
    page = io.StringIO()
    with redirect_stdout(page):
        TextPrinter().article(replace(article, source_uri=words, keywords=(words,)))
    controls = {c for c in page.getvalue() if unicodedata.category(c) in ("Cc", "Cs")}
    assert controls <= {"\n"}
