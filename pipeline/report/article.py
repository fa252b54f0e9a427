"""One article as a page: its text with what was found and removed, its date with the proof."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from warta.pipeline.report.annotated_text import TextSpan, paragraphs
from warta.pipeline.report.build import source_of
from warta.pipeline.report.database import Database, open_database
from warta.pipeline.report.page import render_page
from warta.pipeline.report.scope import quoted
from warta.transforms.core.errors import LakeError, UsageError
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.storage import Lake

_TRIES = 3
_RELATED = 100
_UNREAD = ["article_body", "description", "entities", "minhash", "minhash_bands", "removed_spans"]
"""Wide columns that are not read of related articles."""
_MEDIA_TOPIC = re.compile(r"medtop:(\d{8})")


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """An article as a page shows it."""

    row: Mapping[str, Any]
    """The columns of `articles`."""
    headline: Sequence[TextSpan]
    body: Sequence[Sequence[TextSpan]]
    related: Sequence[Mapping[str, Any]]
    """Copies, originals and other articles of its story, oldest first."""

    @property
    def date(self) -> str:
        """Return the date as precisely as it is known."""
        moment = self.row["date_published"]
        if moment is None:
            return "unknown"
        forms = {"month": "%B %Y", "day": "%-d %B %Y", "minute": "%-d %B %Y, %H:%M UTC"}
        precision = self.row["date_published_precision"] or ""
        return str(moment.strftime(forms.get(precision, "%-d %B %Y, %H:%M:%S UTC")))

    @property
    def topics(self) -> list[tuple[str, str, str]]:
        """Name, confidence and address of each topic."""
        return [
            (
                one["name"] or one["qcode"] or "",
                "" if one["confidence"] is None else f"{one['confidence']:.2f}",
                topic_address(one["qcode"]),
            )
            for one in self.row["topics"] or ()
        ]


def topic_address(qcode: Any) -> str:
    """Return the page of an IPTC Media Topic; empty for other topics.

    Example:
      >>> topic_address("medtop:11000000"), topic_address("mine:1")
      ('https://cv.iptc.org/newscodes/mediatopic/11000000', '')
    """
    found = _MEDIA_TOPIC.fullmatch(str(qcode))
    return f"https://cv.iptc.org/newscodes/mediatopic/{found[1]}" if found else ""


def make_article(
    row: Mapping[str, Any],
    mentions: Sequence[Mapping[str, Any]],
    related: Sequence[Mapping[str, Any]] = (),
) -> ShownArticle:
    """Return an article to show.

    Args:
      row: The columns of `articles`.
      mentions: Its rows of `mentions`.
      related: Columns of other articles.
    """
    row = {name: _plain(value) for name, value in row.items()}
    in_body = [one for one in mentions if one["field"] == "article_body"]
    in_headline = [one for one in mentions if one["field"] == "headline"]
    headline = paragraphs((row["headline"] or "").replace("\n", " "), in_headline, ())
    body = paragraphs(row["article_body"] or "", in_body, row["removed_spans"] or ())
    return ShownArticle(row, headline[0] if headline else [], body, related)


def _plain(value: Any) -> Any:
    """Return a value as the lake holds it: records as dictionaries."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def render_articles(articles: Sequence[ShownArticle], rejects: Sequence[str] = ()) -> str:
    """Return a page that shows articles, and in a line each what was rejected."""
    title = str(articles[0].row["headline"] or "(no headline)") if articles else "No article"
    return render_page("article.html", articles=articles, rejects=rejects, page_title=title)


def article_page(uri: str, article_id: str) -> str:
    """Return the page of an article of a lake, in its newest version.

    Raises:
      UsageError: The lake has no such article.
      LakeError: It is not a lake, or one of its files is damaged.
      RunError: The extra `report` is not installed.
    """
    lake = Lake(uri)
    lake.check()
    for _ in range(_TRIES):
        try:
            with open_database(lake, read_snapshot(lake)) as database:
                return render_articles([_read(database, lake, article_id)])
        except FileNotFoundError:
            continue
    raise LakeError(f"{lake} changes faster than it can be read; try again")


def _read(database: Database, lake: Lake, article_id: str) -> ShownArticle:
    is_it = f"article_id = {quoted(article_id)}"
    its_rows = source_of(database, "articles", condition=is_it)
    found = its_rows and database.query(
        f"SELECT * FROM {its_rows} WHERE {is_it} ORDER BY version DESC LIMIT 1"
    )
    if not found or not found.rows:
        raise UsageError(f"{lake} has no article {article_id}: an id is 32 hexadecimal digits")
    row = found.dicts()[0]
    is_named = f"{is_it} AND version = {int(row['version'])}"
    mentions = database.source("mentions", condition=is_named)
    named = database.query(f"SELECT * FROM {mentions} WHERE {is_named}").dicts() if mentions else []
    ties = [f"duplicate_of = {quoted(article_id)}"]
    ties += [f"article_id = {quoted(row['duplicate_of'])}"] if row["duplicate_of"] else []
    if row["story_id"]:
        ties.append(f"story_id IN ({', '.join(map(quoted, _joined(database, row['story_id'])))})")
    is_tied = f"({' OR '.join(ties)}) AND article_id <> {quoted(article_id)}"
    articles = source_of(database, "articles", without=_UNREAD)
    related = database.query(
        "SELECT article_id, headline, publisher_name, url, published_date, duplicate_of, "
        f"story_relation FROM {articles} WHERE {is_tied} "
        f"ORDER BY date_published NULLS LAST, article_id LIMIT {_RELATED}"
    ).dicts()
    return make_article(row, named, related)


def _joined(database: Database, story_id: str) -> list[str]:
    """Return the ids that the articles of a story have: several, where stories were joined."""
    stories = database.source("stories")
    if stories is None:
        return [story_id]
    latest = (
        f"SELECT story_id, current_id FROM {stories} "
        "QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY version DESC) = 1"
    )
    found = database.query(
        f"WITH s AS ({latest}) SELECT s.story_id FROM s JOIN s AS own USING (current_id) "
        f"WHERE own.story_id = {quoted(story_id)} ORDER BY s.story_id LIMIT {_RELATED}"
    )
    return [row[0] for row in found.rows] or [story_id]
