"""The articles that the project was asked for with: every sentence, and no line of the lists."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Article, Source, SourceItem

SEEDS = Path(__file__).parent.parent.parent.parent / "shared" / "seeds"
FILES = sorted(SEEDS.glob("*.txt"))
DAYS = {"000": date(2025, 3, 24), "001": date(2025, 3, 24), "003": date(2025, 3, 12)}
"""Days that weekday and date prove; the other two name none."""
_LIST = re.compile(r"(?:More Stories|Berita Terkait|Terpopuler)\s*")
_LINK = re.compile(r"(?:Baca juga|Sumber):.*", re.IGNORECASE)
_DATELINE = re.compile(r"[A-Z][\w. ]{2,20}(?:\([A-Z]+\) )?\s?[-–] ")

pytestmark = pytest.mark.skipif(not FILES, reason="the files are not part of the project")


def clean(path: Path) -> Article:
    item = SourceItem(
        source=Source(str(path)),
        source_uri=str(path),
        source_record_id="",
        kind="text",
        raw=b"",
        content=path.read_bytes(),
        content_type="text",
    )
    return clean_article(item, InputLimits(), datetime(2026, 11, 22, tzinfo=UTC))


def squeeze(text: str) -> str:
    return "".join(text.split())


def parts(path: Path) -> tuple[list[str], list[str]]:
    """Lines of the article, and lines of the links in it and of the lists after it."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if len(line) > 1]
    end = next((at for at, line in enumerate(lines) if _LIST.fullmatch(line)), len(lines))
    links = [line for line in lines[:end] if _LINK.fullmatch(line)]
    return [line for line in lines[:end] if line not in links], links + lines[end:]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[:3])
def test_the_article_comes_whole_and_without_the_lists(path: Path) -> None:
    """All lines of the article but its headline and dateline are in the body, no other does."""
    article = clean(path)
    own, others = parts(path)
    headline = squeeze(article.headline or "")
    expected = [_DATELINE.sub("", line, count=1) for line in own if squeeze(line) != headline]
    assert squeeze(article.article_body) == squeeze("".join(expected))
    body = article.article_body.split("\n")
    assert not set(body) & set(others)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[:3])
def test_the_day_is_proved_or_unknown(path: Path) -> None:
    """The weekday fixes the year; where there is no date none is made up."""
    published = clean(path).date_published
    assert (published.date() if published else None) == DAYS.get(path.stem[:3])
