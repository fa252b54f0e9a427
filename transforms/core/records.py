"""The records that travel through the graph. Standard library only.

A source is listed into `Reference`s; a reference is opened and parsed into `SourceItem`s; cleaning
makes an `Article` of an item; tagging returns the article with entities, mentions and topics.
Whatever cannot go on becomes a `Reject`. Field names are the columns of the lake (see tables/).
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Source:
    """One place that news comes from, as the user named it.

    Example:
      >>> Source("https://news.example/rss", language="id").language
      'id'
    """

    location: str
    """Path, glob, folder or URI."""
    name: str = ""
    """What it is called in messages; "": by its location."""
    kind: str | None = None
    """Name of a `Reader`, such as jsonl, feed or html; None: found by extension and content."""
    language: str | None = None
    """BCP-47; a prior for language identification."""
    publisher: str | None = None
    """Name of the publisher, for records that state none."""
    time_zone: str | None = None
    """IANA name, such as Asia/Jakarta: the zone of dates that name none."""
    fields: tuple[tuple[str, str], ...] = ()
    """JSONL: (field of `SourceItem`, dotted path in the JSON object)."""
    allow_private: bool = False
    """Allow requests to private and loopback addresses."""
    # How a feed is followed says nothing of what a file holds: not in a commit id.
    fetch_pages: bool = field(default=False, repr=False)
    """Fetch the page of every entry, for its full text."""
    obey_reservations: bool = field(default=True, repr=False)
    """Take no page that its publisher reserves from text and data mining, or from AI."""

    @property
    def web_kind(self) -> str:
        """Return the kind of what a web server answers: as stated, else a feed."""
        return self.kind or "feed"


@dataclass(frozen=True, slots=True)
class Reference:
    """A chunk of a source that one worker opens: what crosses the first shuffle.

    A file that can be cut is cut by bytes: a record belongs to the range in which it starts.
    A compressed file that cannot be cut is unpacked by each of `stripes` workers, each of which
    keeps every `stripes`-th block of records.

    Example:
      >>> Reference(Source("news"), "news/a.jsonl", "jsonl", copy="/tmp/a").path
      '/tmp/a'
    """

    source: Source
    uri: str
    kind: str
    size: int = 0
    """Bytes of input in this chunk."""
    start: int = 0
    end: int | None = None
    """First byte after the range; None: to the end."""
    stripe: int = 0
    stripes: int = 1
    stamp: str = ""
    """Changes when the file changes (size and time of modification, or ETag)."""
    copy: str = field(default="", repr=False)
    """Path of the file that holds its bytes, where `uri` is a pipe, which is read once."""

    @property
    def path(self) -> str:
        """Return the path or URI that is opened."""
        return self.copy or self.uri


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """The page that an entry of a feed leads to."""

    content: bytes
    url: str
    """After all redirects."""
    charset: str | None
    http_status: int
    date_fetched: datetime


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One article as its source gives it, before any cleaning.

    Metadata are the source's own words, unparsed, decoded to str; absent is None or empty.

    Example:
      >>> item = SourceItem(Source("note"), "note", "", "text", b"", "Hujan reda.", "text")
      >>> item.headline is None
      True
    """

    source: Source
    source_uri: str
    source_record_id: str
    """Where in `source_uri`: line number, byte offset, feed entry id; "" for a whole file."""
    kind: str
    raw: bytes
    """The record as it came: kept in rejects when it cannot go on."""
    content: bytes | str
    """The article: a text, an HTML page or an HTML fragment (see `content_type`)."""
    content_type: str
    """text: plain text. page: a whole HTML page. fragment: HTML of the body alone."""
    charset: str | None = None
    """Declared by HTTP or WARC headers, for bytes."""
    url: str | None = None
    headline: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    date_published: str | None = None
    date_modified: str | None = None
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    in_language: str | None = None
    publisher_name: str | None = None
    feed_url: str | None = None
    http_status: int | None = None
    date_fetched: datetime | None = None
    """Aware, UTC. None where unknown: never the time of this run."""
    record_hash: int | None = None
    """64 bits of all that makes its article: the same record again is known by it."""
    replay_of: str | None = None
    """The reject that it was, where it is read again (see sources/replay.py)."""
    url_id: str | None = None
    """Of a reject that is read again, and whose URL was stored without its key: the article's id
    as the whole URL gives it."""
    page: FetchedPage | None = None
    """Its page, where `content` is a feed's own text of it."""
    other_dates: tuple[str, ...] = ()
    """Dates that are tried where `date_published` cannot be, best first."""
    identity: str | None = None
    """What distinguishes it from others at the same URL; None: the URL names it alone."""


@dataclass(frozen=True, slots=True)
class Author:
    """A person credited; role as stated (reporter, editor), "" where none is."""

    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place by name, with its Wikidata id where it is sure."""

    name: str
    wikidata_id: str | None = None


@dataclass(frozen=True, slots=True)
class RemovedSpan:
    """Text that cleaning removed: code points [start, end) of the decoded text."""

    start: int
    end: int
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a taxonomy: IPTC Media Topics has scheme medtop."""

    scheme: str
    qcode: str
    name: str
    confidence: float
    name_local: str | None = None
    """The name in the article's language, where there is one."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One that an article names (a person, a place, ...), with the number of its mentions."""

    entity_id: str
    wikidata_id: str | None
    name: str
    type: str
    mentions: int


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in an article that names an entity: code points [start, end) of `field`."""

    entity_id: str
    wikidata_id: str | None
    surface: str
    type: str
    """A value of `EntityType` (transforms/tagging/entity_types.py)."""
    field: str
    """article_body or headline."""
    start: int
    end: int
    score: float
    method: str
    """What found it: gazetteer, rule, crf, ..."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article on its way to the lake: the columns of `articles` under their names.

    What only a run can know (version, duplicates, run_id, ingested_at) is added when it is staged
    and published. `CleanArticles` makes it and `TagArticles` fills `topics`, `entities` and
    `mentions`; what each column means is in docs/reference/tables.md.

    Example:
      >>> Article(
      ...     article_id="0123abcd", article_body="Hujan reda.", published_date="2026-11-09",
      ...     source_uri="note", source_record_id="", extraction_method="text",
      ...     content_sha256="", word_count=2, in_language="id",
      ... ).entities
      ()
    """

    article_id: str
    article_body: str
    published_date: str
    """YYYY-MM-DD in UTC, or "unknown"."""
    source_uri: str
    source_record_id: str
    extraction_method: str
    """How the text was taken: text, fragment, resiliparse, ..."""
    content_sha256: str
    word_count: int
    url: str | None = None
    canonical_url: str | None = None
    canonical_domain: str | None = None
    publisher_name: str | None = None
    headline: str | None = None
    description: str | None = None
    in_language: str = "und"
    language_confidence: float = 0.0
    authors: tuple[Author, ...] = ()
    info_sources: tuple[str, ...] = ()
    dateline: str | None = None
    location_created: Place | None = None
    date_published: datetime | None = None
    """Aware, UTC. With precision "day": midnight UTC of the publisher's calendar day."""
    date_published_precision: str | None = None
    date_published_source: str | None = None
    date_published_raw: str | None = None
    date_modified: datetime | None = None
    date_fetched: datetime | None = None
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    entities: tuple[Entity, ...] = ()
    mentions: tuple[Mention, ...] = ()
    removed_spans: tuple[RemovedSpan, ...] = ()
    feed_url: str | None = None
    http_status: int | None = None
    tagger_versions: str = ""
    """Names and versions of what made topics and entities, separated by blanks."""
    record_hash: int | None = None
    """64 bits of the record it was made of (see `record_hash` in ids.py)."""
    replay_of: str | None = None
    """The reject that it was before it passed."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not go on, with its reason: a row of the table `rejects`.

    Example:
      >>> bad = Reject("read", "bad_json", "no object", "a.jsonl", "7", b"{", 1)
      >>> bad.stage, bad.reason
      ('read', 'bad_json')
    """

    stage: str
    """read, clean or tag."""
    reason: str
    error: str
    source_uri: str
    source_record_id: str
    raw: bytes
    """The record's bytes, cut at `InputLimits.reject_raw_bytes`."""
    raw_length: int
    """Full length of the record in bytes."""
    context: str = ""
    """How it was read, as JSON: what it takes to read it again (see sources/replay.py)."""
    replay_of: str | None = None
    """The reject that it was before, where it was read again and has failed again."""
    reject_id: str | None = None
    """Of a reject that was not to be had again: what it was. None: made of the row."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something in an input that is neither a record of news nor a fault."""

    reason: str
    """One of `PASSED_OVER`."""
    source_uri: str
    source_record_id: str = ""


@dataclass(frozen=True, slots=True)
class StoredReject:
    """A row of the table `rejects` that is to be read again."""

    reject_id: str
    reject: Reject


@dataclass(frozen=True, slots=True)
class ChosenRejects:
    """Which rejects are read again; those that have moved on by an earlier replay never are."""

    reasons: tuple[str, ...] = ()
    """Empty: all reasons."""
    since: date | None = None
    """The first day, UTC, of those that are read again."""


_SUMMARY_CHARS = 1_000


def page_alone(item: SourceItem) -> SourceItem:
    """Return an entry with its page as its text, and what the feed says of it.

    Raises:
      ValueError: It has no page.
    """
    page = item.page
    if page is None:
        raise ValueError("an entry without a page")
    summary = item.content if isinstance(item.content, str) else ""
    return replace(
        item,
        # A short text of the feed's is a summary of the page's.
        description=item.description or (summary if len(summary) <= _SUMMARY_CHARS else None),
        raw=page.content,
        content=page.content,
        content_type="page",
        charset=page.charset,
        url=page.url,
        http_status=page.http_status,
        date_fetched=page.date_fetched,
        page=None,
    )
