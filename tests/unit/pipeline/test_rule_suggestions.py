"""warta rules suggest: what publishers repeat is proposed, and never more than that."""

import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.lakes import publish_table
from warta.pipeline.cli import main
from warta.pipeline.inspection.rule_suggestions import render, suggest_rules
from warta.transforms.cleaning.text.rules import read_rule
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import ARTICLES
from warta.transforms.lake.storage import Lake

STORY = "Warga ke-{n} menanam {n} ribu pohon di lereng gunung sejak pagi."
FOLLOW = "Ikuti kabar kami di saluran WhatsApp"
PAGE = "Halaman {n} dari 9"
WRITER = "Juru tulis: Penulis Nomor {word}"
WORDS = ("Satu", "Dua", "Tiga", "Empat", "Lima", "Enam", "Tujuh", "Delapan")


def row(publisher: str | None, *lines: str, **columns: Any) -> dict[str, Any]:
    base = {"publisher_name": publisher, "canonical_domain": "kabar.example", "in_language": "id"}
    return {**base, "duplicate_of": None, "article_body": "\n".join(lines), **columns}


def add_rows(lake: Lake, rows: list[dict[str, Any]]) -> None:
    narrow = pa.schema([ARTICLES.schema.field(name) for name in rows[0]])
    publish_table(lake, "articles", "2026-03-24", pa.Table.from_pylist(rows, narrow))


@pytest.fixture
def full(lake: Lake) -> str:
    """Eight articles of one publisher with three kinds of lines that come back, and others."""
    rows = [
        row(
            "Kabar",
            STORY.format(n=n),
            PAGE.format(n=n),
            "Kutipan: kata warga, pohon itu penting.",
            WRITER.format(word=WORDS[n]),
            FOLLOW,
            FOLLOW,
        )
        for n in range(8)
    ]
    rows += [row("Lain", STORY.format(n=n), FOLLOW) for n in range(4)]
    rows += [row("Salinan", STORY.format(n=n), FOLLOW, duplicate_of="x") for n in range(9)]
    rows += [row(None, STORY.format(n=n)) for n in range(4)]
    add_rows(lake, rows)
    return lake.uri


def test_lines_that_come_back_are_proposed_with_counts_and_examples(full: str) -> None:
    """Numbers and what follows a label may differ; each article counts a line once."""
    found = {suggestion.pattern: suggestion for suggestion in suggest_rules(full)}
    assert set(found) == {
        FOLLOW,
        r"Halaman \d{1,8} dari \d{1,8}",
        r"Juru tulis\s{0,2}:[^\n]{1,80}",
        r"Kutipan: kata warga, pohon itu penting\.",
        r"Warga ke\-\d{1,8} menanam \d{1,8} ribu pohon di lereng gunung sejak pagi\.",
    }
    follow = found[FOLLOW]
    assert (follow.publisher, follow.articles, follow.of, follow.at_end) == ("Kabar", 8, 8, 8)
    assert found[r"Juru tulis\s{0,2}:[^\n]{1,80}"].examples[0] == WRITER.format(word="Satu")


def test_few_articles_and_copies_propose_nothing(full: str) -> None:
    """Below the limit a repetition is chance; copies repeat everything."""
    assert {suggestion.publisher for suggestion in suggest_rules(full)} == {"Kabar"}
    found = suggest_rules(full, min_articles=2)
    assert {suggestion.publisher for suggestion in found} == {"Kabar", "Lain", "kabar.example"}
    assert suggest_rules(full, min_articles=9) == []


def test_what_is_printed_is_a_file_of_rules(full: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every proposal is a rule that takes its own examples, under a name of its own."""
    assert main(["rules", "suggest", full]) == 0
    shown = capsys.readouterr().out
    assert "# Kabar: in 8 of 8 articles, 8 times at the end" in shown
    assert shown.count("# Reads like a sentence") == 2
    rules = [read_rule(table) for table in tomllib.loads(shown)["rule"]]
    assert len({rule.id for rule in rules}) == len(rules) == 5
    assert all(rule.pattern.fullmatch(hit) for rule in rules for hit in rule.hits)


def test_any_line_can_be_proposed(lake: Lake) -> None:
    """Quotes, brackets and backslashes stay what they are."""
    odd = "Kata \"kami\" \\ 'mereka' [iklan] (1) {x} |"
    add_rows(lake, [row("K\n[x]", STORY.format(n=n), odd) for n in range(5)])
    (rule, _) = tomllib.loads(render(suggest_rules(lake.uri)))["rule"]
    assert rule["hits"] == [odd]
    assert read_rule(rule).pattern.fullmatch(odd)


def test_what_is_no_lake_is_reported(tmp_path: Path) -> None:
    """A folder without commits is not a lake."""
    with pytest.raises(LakeError):
        suggest_rules(str(tmp_path))
