"""One line of JSON -> a record of news, by the usual names of fields or by a mapping."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from transforms.core.records import Limits, Reject, RejectedRecord, Source, SourceItem, reject

GUESSES: dict[str, tuple[str, ...]] = {
    "url": ("url", "link", "canonical_url", "article_url", "source_url", "permalink", "page_url",
            "web_url", "weburl", "uri", "href", "tautan"),
    "headline": ("headline", "title", "judul", "article_title", "news_title", "heading", "name"),
    "content": ("article_body", "maintext", "main_text", "body", "full_text", "content", "text",
                "article_text", "article", "body_text", "content_text", "clean_text", "isi",
                "isi_berita", "konten", "content_html", "body_html", "html", "raw_html"),
    "description": ("description", "summary", "lead", "abstract", "excerpt", "standfirst", "teaser",
                    "snippet", "ringkasan", "deskripsi"),
    "authors": ("authors", "author", "byline", "author_name", "creator", "writer", "reporter",
                "penulis"),
    "date_published": ("date_published", "published_at", "published", "publication_date",
                       "publish_date", "pub_date", "published_date", "date_publish",
                       "publish_time", "published_time", "published_on", "first_published", "date",
                       "datetime", "timestamp", "time", "tanggal", "tanggal_terbit", "created_at",
                       "created"),
    "date_modified": ("date_modified", "modified_at", "updated_at", "modified", "updated",
                      "last_modified", "date_modify", "update_date", "modified_time"),
    "date_fetched": ("date_fetched", "fetched_at", "crawled_at", "scraped_at", "retrieved_at",
                     "date_download", "crawl_date"),
    "article_section": ("article_section", "section", "section_name", "category", "categories",
                        "rubric", "rubrik", "kanal", "kategori", "channel"),
    "keywords": ("keywords", "tags", "keyword", "tag", "labels", "kata_kunci"),
    "in_language": ("in_language", "language", "lang", "locale", "language_code", "bahasa"),
    "publisher_name": ("publisher_name", "publisher", "site_name", "source_name", "source",
                       "news_source", "outlet", "media", "website", "site", "sumber",
                       "source_domain", "domain"),
    "http_status": ("http_status", "status_code"),
}  # fmt: skip
"""Field of SourceItem -> names it goes by, best first; case, "_", "-", ":" and blanks are ignored.

From schema.org NewsArticle, IPTC ninjs, Scrapy, news-please, newspaper, NewsAPI, WordPress' REST
interface and common Indonesian names.
"""

FIELDS = frozenset(GUESSES)
"""What a mapping may name."""

_VALUE_KEYS = (
    "name",
    "rendered",
    "value",
    "text",
    "#text",
    "@value",
    "$date",
    "$numberLong",
    "title",
    "url",
    "@id",
)
"""Where a nested object keeps what it stands for (JSON-LD, WordPress, MongoDB, XML as JSON)."""

_MAX_VALUES = 1_000
"""Authors or keywords taken of one record."""

_MAX_NESTING = 8
"""Deepest value that is looked into."""

_BOM = b"\xef\xbb\xbf"

_PAGE = re.compile(
    r"\s*(?:<\?xml[^<>]*>\s*)?(?:<!--[^<>]*-->\s*)?<(?:!doctype\s+html|html[\s>])", re.I
)

_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|h[1-6]|ul|ol|li|table|tr|td|img|figure|figcaption|"
    r"blockquote|section|article|iframe|script|style|center|font|hr|pre)(?:\s[^<>]*)?/?>",
    re.I,
)

_SEPARATORS = re.compile(r"\s*[,;|]\s*")


def parse_line(
    raw: bytes, source: Source, uri: str, record_id: str, limits: Limits
) -> SourceItem | Reject:
    """One line -> the record it holds, or why it holds none.

    Args:
      raw: the line without its end.
      source: its `fields` map fields to dotted paths; such a field is taken from there alone.
      uri: the file, as it is stored.
      record_id: the line's place in it.
      limits: for what a reject keeps.
    """
    # Here because a run over pages or feeds does without.
    import orjson

    try:
        record = orjson.loads(raw.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        return reject("read", RejectedRecord("bad_json", str(error)), uri, record_id, raw, limits)
    if not isinstance(record, dict):
        verdict = RejectedRecord("not_an_object", f"a JSON {_json_name(record)}")
        return reject("read", verdict, uri, record_id, raw, limits)
    return make_item(record, raw, source, uri, record_id)


def make_item(
    record: dict[str, object], raw: bytes, source: Source, uri: str, record_id: str
) -> SourceItem:
    """A JSON object -> the record it describes; without a body its content is empty."""
    values = _guess_fields(record)
    for field, path in source.fields:
        values[field] = _look_up(record, path)
    content = _text(values.get("content"), join="\n") or ""
    return SourceItem(
        source=source,
        source_uri=uri,
        source_record_id=record_id,
        kind="jsonl",
        raw=raw,
        content=content,
        content_type=content_type_of(content),
        url=_text(values.get("url")),
        headline=_text(values.get("headline")),
        description=_text(values.get("description")),
        authors=_texts(values.get("authors")),
        date_published=_text(values.get("date_published")),
        date_modified=_text(values.get("date_modified")),
        article_section=_text(values.get("article_section")),
        keywords=_texts(values.get("keywords"), split=True),
        in_language=_text(values.get("in_language")),
        publisher_name=_text(values.get("publisher_name")),
        http_status=_status(values.get("http_status")),
        date_fetched=_instant(values.get("date_fetched")),
    )


def content_type_of(content: str) -> str:
    """What a body is: a whole page, a fragment of HTML (it has tags), or text."""
    if "<" not in content:
        return "text"
    if _PAGE.match(content, 0, 4096):
        return "page"
    return "fragment" if _TAG.search(content) else "text"


def unknown_fields(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Names in a mapping that no record has."""
    return sorted({name for name, _ in fields} - FIELDS)


_RANKED = {
    name.replace("_", ""): (field, rank)
    for field, names in GUESSES.items()
    for rank, name in enumerate(names)
}


@lru_cache(maxsize=4096)
def _meaning(key: str) -> tuple[str, int] | None:
    """Field and rank (0 is best) of a name, however it is written."""
    # Longer than any name: not worth a place in the cache's memory.
    if len(key) > 64:
        return None
    return _RANKED.get(re.sub(r"[\s_:.-]", "", key.rpartition(":")[2].lower()))


def _guess_fields(record: dict[str, object]) -> dict[str, object]:
    """Values by field, of each the best-ranked name that holds something."""
    found: dict[str, object] = {}
    ranks: dict[str, int] = {}
    for key, value in record.items():
        meaning = _meaning(key)
        # None, "", [] and {} say nothing: another name may.
        if meaning is None or value in (None, "", [], {}):
            continue
        field, rank = meaning
        if rank < ranks.get(field, rank + 1):
            found[field] = value
            ranks[field] = rank
    return found


def _look_up(value: object, path: str) -> object:
    """The value at a dotted path (names of objects, numbers of list items) or a dotted name."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _flatten(value: object, depth: int = 0) -> Iterator[str]:
    """The texts in a value, in order; numbers as written, true and false are none."""
    if isinstance(value, str):
        if stripped := value.strip():
            yield stripped
    elif isinstance(value, bool) or value is None or depth == _MAX_NESTING:
        return
    elif isinstance(value, list):
        for member in value:
            yield from _flatten(member, depth + 1)
    elif isinstance(value, dict):
        chosen = next((value[key] for key in _VALUE_KEYS if value.get(key)), None)
        yield from _flatten(chosen, depth + 1)
    else:
        yield str(value)


def _text(value: object, join: str | None = None) -> str | None:
    """First text of a value, or all of them joined; None where there is none."""
    if isinstance(value, str):
        return value.strip() or None
    return next(_flatten(value), None) if join is None else join.join(_flatten(value)) or None


def _texts(value: object, *, split: bool = False) -> tuple[str, ...]:
    """Texts of a value, each once, in order; `split`: one string may list several."""
    texts: dict[str, None] = {}
    for text in _flatten(value):
        texts.update(dict.fromkeys(_SEPARATORS.split(text) if split else (text,)))
        if len(texts) >= _MAX_VALUES:
            break
    texts.pop("", None)
    return tuple(texts)[:_MAX_VALUES]


def _status(value: object) -> int | None:
    text = _text(value) or ""
    return int(text) if re.fullmatch(r"[1-5]\d\d", text, re.ASCII) else None


def _instant(value: object) -> datetime | None:
    """An ISO 8601 instant that names its zone, in UTC; any other is not sure enough: None."""
    try:
        instant = datetime.fromisoformat(_text(value) or "")
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _json_name(value: object) -> str:
    names: dict[type, str] = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
