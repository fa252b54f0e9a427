"""Fields of a record of news in JSON: by which names they go, and what their values say."""

import html
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice

from warta.transforms.core.absent import is_absent
from warta.transforms.core.epoch_time import read_epoch

GUESSES: dict[str, tuple[str, ...]] = {
    "url": ("url", "link", "canonical_url", "canonical_link", "article_url", "page_url", "web_url",
            "original_url", "requested_url", "responded_url", "resolved_url", "final_url",
            "permalink", "canonical", "external_url", "weburl", "warc_target_uri", "href",
            "tautan", "main_entity_of_page", "guid", "uri", "url_used", "source_url", "source"),
    "headline": ("headline", "title", "judul", "article_title", "news_title", "web_title",
                 "title_page", "title_rss", "heading", "name"),
    "content": ("article_body", "maintext", "main_text", "body", "full_text", "content", "text",
                "article_text", "article", "body_text", "content_text", "text_content",
                "plain_text", "plaintext", "clean_text", "cleaned_text", "text_cleaned",
                "raw_text", "raw_content", "content_plain", "isi", "isi_berita", "konten",
                "content_elements", "blocks", "article_body_html", "content_html", "body_html",
                "article_body_raw", "html", "raw_html", "lead_paragraph"),
    "description": ("description", "summary", "lead", "abstract", "excerpt", "standfirst", "teaser",
                    "snippet", "dek", "trail_text", "meta_description", "ringkasan", "deskripsi"),
    "authors": ("authors", "author", "authors_list", "author_names", "authors_name", "byline",
                "bylines", "author_name", "primary_author", "creator", "dc_creator", "writer",
                "reporter", "penulis", "credits", "contributors"),
    "date_published": ("date_published", "published_at", "published", "publication_date",
                       "publishing_date", "publish_date", "pub_date", "published_date",
                       "date_publish", "date_time_pub", "web_publication_date", "publish_time",
                       "published_time", "published_on", "first_published", "date_gmt",
                       "date_time", "date", "datetime", "timestamp", "time", "tanggal",
                       "tanggal_terbit", "created_at", "created", "version_created",
                       "published_parsed"),
    "date_modified": ("date_modified", "modified_gmt", "modified_at", "updated_at", "modified",
                      "updated", "last_modified", "date_modify", "update_date", "modified_time"),
    "date_fetched": ("date_fetched", "fetched_at", "crawled_at", "scraped_at", "retrieved_at",
                     "date_download", "crawl_date", "crawled", "warc_date"),
    "article_section": ("article_section", "section", "section_name", "category", "categories",
                        "rubric", "rubrik", "kanal", "kategori", "channel"),
    "keywords": ("keywords", "tags", "keyword", "tag", "topics", "labels", "kata_kunci"),
    "in_language": ("in_language", "language", "lang", "locale", "language_code", "meta_lang",
                    "bahasa"),
    "publisher_name": ("publisher_name", "publisher", "site_name", "meta_site_name",
                       "source_name", "source_hostname", "media_name", "source", "news_source",
                       "outlet", "media", "website", "site", "sumber", "source_domain", "domain",
                       "hostname", "canonical_domain", "feed", "origin", "provider"),
    "http_status": ("http_status", "status_code"),
}  # fmt: skip
"""Field of SourceItem -> names it goes by, best first; case, "_", "-", ":" and blanks are ignored.

From schema.org NewsArticle, IPTC ninjs, Scrapy, trafilatura, fundus, news-please, newspaper, goose,
Common Crawl's and Hugging Face's sets of news, NewsAPI and other interfaces, WordPress' REST
interface, and common Indonesian names.
"""

VALUE_KEYS = (
    *("name", "rendered", "value", "text", "#text", "_", "@value", "$date", "$numberLong"),
    *("$numberInt", "$numberDouble", "main", "original", "default", "title", "label", "term"),
    *("content", "href", "url", "@id", "S", "N", "iso", "seconds", "_seconds", "$timestamp", "t"),
)
"""Where a nested object keeps what it stands for (JSON-LD, WordPress, MongoDB, XML as JSON)."""

MAX_VALUES = 1_000
"""Authors or keywords taken of one record."""
_MAX_NESTING = 8
"""Deepest value that is looked into."""
_MAX_PROSE_NESTING = 32
"""Deepest node of a body that is kept as a tree."""

_NO_DATE = re.compile(
    r"[+-]?0+(?:\.0+)?|-1|0000-00-00.*|0001-01-01.*|1970-01-01(?:[T ]00:00(?::00)?(?:\.0+)?"
    r"\s?(?:Z|UTC|\+00:?00)?)?|\\?/?Date\((?:0|-62135596800000)\)\\?/?"
)
"""What programs write for a date that is not set."""

_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|(?<![\w])'((?:[^'\\]|\\.|(?<=\w)'(?=\w))*)'")
_SEPARATORS = re.compile(r"\s*[,;|]\s*")
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,24}", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)

_RANKED: dict[str, list[tuple[str, int]]] = {}
for _field, _names in GUESSES.items():
    for _rank, _name in enumerate(_names):
        _RANKED.setdefault(_name.replace("_", ""), []).append((_field, _rank))

OTHER_DATES = "other_dates"
"""All dates of publication that a record states, best first: the first may be impossible."""
MAX_DATES = 8
MAX_DATE_PARTS = 9

Values = dict[str, object]
"""Values by field of SourceItem."""


@lru_cache(maxsize=4096)
def meanings(key: str) -> tuple[tuple[str, int], ...]:
    """Return the fields that a name may stand for, with its rank in each (0 is best)."""
    # Longer than any name: not worth a place in the cache's memory.
    if len(key) > 64:
        return ()
    return tuple(_RANKED.get(re.sub(r"[\s_:.-]", "", key.rpartition(":")[2].lower()), ()))


def guess_fields(record: dict[str, object]) -> Values:
    """Return values by field, of each the best-ranked name that says something fitting."""
    found: dict[str, list[tuple[int, object]]] = {}
    for key, value in record.items():
        # None, "", [] and {} say nothing: another name may.
        if value in (None, "", [], {}):
            continue
        for field, rank in meanings(key):
            dated = _date_of(key, value) if field.startswith("date_") else value
            found.setdefault(field, []).append((rank, dated))
    chosen: Values = {}
    for field, ranked in found.items():
        ranked.sort(key=lambda pair: pair[0])
        if field == "date_published" and len(ranked) > 1:
            chosen[OTHER_DATES] = [value for _, value in ranked[:MAX_DATES] if _is_date(value)]
        for fits in _FITS.get(field, (_says_something,)):
            value = next((value for _, value in ranked if fits(value)), None)
            if value is not None:
                chosen[field] = value
                break
    return chosen


def _date_of(key: str, value: object) -> object:
    """Return a date as it is stated; one in parts, or in UTC by its name alone, in ISO 8601."""
    if isinstance(value, str) and "gmt" in key.lower() and _PLAIN_TIME.fullmatch(value.strip()):
        return f"{value.strip()}Z"
    if isinstance(value, dict) and (dated := _date_and_zone(value)):
        return dated
    if not isinstance(value, list) or not 3 <= len(value) <= MAX_DATE_PARTS:
        return value
    if not all(type(part) is int for part in value):
        return value
    # Year, month, day, hour, minute, second: Python's struct_time, and Java's dates.
    year, month, day, hour, minute, second = (*value, 0, 0, 0)[:6]
    zone = "Z" if key.endswith("_parsed") else ""
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"


def _date_and_zone(value: dict[str, object]) -> str | None:
    """Return a date whose zone is beside it, as PHP writes its objects; None for any other."""
    keys = {key.lower(): inner for key, inner in value.items()}
    date = keys.get("date") or keys.get("datetime") or keys.get("local")
    zone = keys.get("timezone") or keys.get("tz") or keys.get("zone")
    if not isinstance(date, str):
        return None
    return f"{date.strip()} {zone.strip()}" if isinstance(zone, str) else date


def _says_something(value: object) -> bool:
    return text_of(value) is not None


def _is_address(value: object) -> bool:
    return _WEB.match(text_of(value) or "") is not None


def _is_path(value: object) -> bool:
    return (text_of(value) or "").startswith(("/", "www."))


def _is_date(value: object) -> bool:
    text = text_of(value)
    return text is not None and _NO_DATE.fullmatch(text) is None


def _is_name(value: object) -> bool:
    text = text_of(value)
    return text is not None and _WEB.match(text) is None


def _is_title(value: object) -> bool:
    """Return whether a publisher is named, and not its host alone."""
    text = text_of(value)
    return text is not None and _WEB.match(text) is None and _HOST.fullmatch(text) is None


_FITS: dict[str, tuple[Callable[[object], bool], ...]] = {
    "url": (_is_address, _is_path),
    # A story may be called "None" or "NaN".
    "headline": (_says_something, lambda value: isinstance(value, str) and bool(value.strip())),
    # A date that cannot be is stated all the same, where no other is.
    "date_published": (_is_date, _says_something),
    "date_modified": (_is_date,),
    "date_fetched": (_is_date,),
    "publisher_name": (_is_title, _is_name),
    "content": (lambda value: bool(prose_of(value)),),
    "authors": (lambda value: bool(names_of(value)),),
}
"""What a value of a field must be, most wanted first."""


def without_numbers(value: object) -> object:
    """Return a value without the numbers in its lists: ids of authors or tags, and no names.

    Example:
      >>> without_numbers([7, "Pasar", {"name": "Ikan"}])
      ['Pasar', {'name': 'Ikan'}]
    """
    if isinstance(value, list):
        return [member for member in value if not isinstance(member, int | float)]
    return None if isinstance(value, int | float) else value


def look_up(value: object, path: str) -> object:
    """Return the value at a dotted path (names of objects, numbers of list items) or name."""
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


def flatten(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a value, in order; numbers as written, true and false are none."""
    if isinstance(value, str):
        if not is_absent(value):
            yield value.strip()
    elif isinstance(value, bool) or value is None or depth == _MAX_NESTING:
        return
    elif isinstance(value, list):
        for member in value:
            yield from flatten(member, depth + 1)
    elif isinstance(value, dict):
        for key in VALUE_KEYS:
            if value.get(key):
                yield from flatten(value[key], depth + 1)
                return
    elif not isinstance(value, float) or math.isfinite(value):
        yield str(value)


def text_of(value: object) -> str | None:
    """Return the first text of a value; None where there is none."""
    # Most records lack most fields: to ask a generator for each took a fifth of reading them.
    return None if value is None else next(flatten(value), None)


_FULL_NAMES = (
    *("name", "fullname", "displayname", "authorname", "@value", "#text", "text", "title"),
    *("original", "byline", "label", "value", "rendered", "full", "default", "s"),
)
"""Keys of a person's whole name; case, "_" and "-" are ignored."""
_NAME_PARTS = (
    ("givenname", "firstname", "first", "given"),
    ("additionalname", "middlename", "middle"),
    ("familyname", "lastname", "surname", "last", "family"),
)
"""Keys of the parts of a person's name, in the order in which they are read."""
_PEOPLE = (
    "by",
    "person",
    "people",
    "nodes",
    "node",
    "edges",
    "items",
    "data",
    "authors",
    "author",
    "l",
)
"""Keys that hold a person, or a list of persons."""


def names_of(value: object) -> tuple[str, ...]:
    """Return the names of people: texts, objects with a name or its parts, and lists of either.

    Example:
      >>> names_of([{"first_name": "Ada", "last_name": "Moss"}, {"node": {"name": "Ben Tull"}}])
      ('Ada Moss', 'Ben Tull')
    """
    if value is None:
        return ()
    found = islice(_people(value, 0), MAX_VALUES)
    return tuple(dict.fromkeys(name for name in found if name and not _WEB.match(name)))


def _people(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield from () if is_absent(value) else _listed(value.strip())
    elif depth == _MAX_NESTING:
        return
    elif isinstance(value, list):
        for member in value:
            yield from _people(member, depth + 1)
    elif isinstance(value, dict):
        yield from _names_of_object(value, depth)


def _names_of_object(value: dict[str, object], depth: int) -> Iterator[str]:
    by_key = {re.sub("[_-]", "", key.lower()): inner for key, inner in value.items() if inner}
    for key in _FULL_NAMES:
        if found := list(_people(by_key.get(key), depth + 1)):
            yield from found
            return
    parts = [next((by_key[key] for key in keys if key in by_key), None) for keys in _NAME_PARTS]
    texts = [part.strip() for part in parts if isinstance(part, str) and not is_absent(part)]
    if texts:
        yield " ".join(texts)
        return
    for key in _PEOPLE:
        if found := list(_people(by_key.get(key), depth + 1)):
            yield from found
            return
    # A list that a program wrote by number: {"0": {...}, "1": {...}}.
    for key, inner in value.items():
        if key.isdecimal():
            yield from _people(inner, depth + 1)


def _listed(text: str) -> Iterator[str]:
    """Yield the names in a text, which may be a list as JSON or Python writes it."""
    if text[:1] == "[" and text[-1:] == "]" and (quoted := _QUOTED.findall(text)):
        yield from (double or single for double, single in quoted)
    else:
        yield text


def texts_of(value: object, *, split: bool = False) -> tuple[str, ...]:
    """Return the texts of a value, each once, in order; `split`: one string may list several."""
    if value is None:
        return ()
    texts: dict[str, None] = {}
    for text in flatten(value):
        if split and "&" in text:
            # First, since an entity ends with a separator.
            text = html.unescape(text)
        texts.update(dict.fromkeys(_SEPARATORS.split(text) if split else (text,)))
        if len(texts) >= MAX_VALUES:
            break
    texts.pop("", None)
    return tuple(texts)[:MAX_VALUES]


_TEXT_KEYS = (
    *("text", "value", "#text", "_", "$t", "@value", "__cdata", "html", "rendered", "processed"),
    *("content", "S"),
)
"""Keys that hold the text of a node; the first that does, since others repeat it."""
_NODE_KEYS = frozenset(
    {
        *("summary", "headline", "title", "heading", "lead", "intro", "sections", "paragraphs"),
        *("blocks", "content", "contents", "content_elements", "children", "text", "body", "L"),
        *("elements", "items", "nodes", "data", "root", "document"),
    }
)
"""Keys that hold nodes, in bodies that are kept as trees: fundus, editors of content systems."""
_INLINE = frozenset(
    {"text", "span", "link", "a", "hyperlink", "mention", "hardBreak", "hard_break"}
)
"""Types of nodes that are within a line."""


def prose_of(value: object) -> str:
    r"""Return the text of a body: a string, a list of paragraphs, or a tree of sections or blocks.

    Example:
      >>> prose_of({"summary": ["One."], "sections": [{"headline": [], "paragraphs": ["Two."]}]})
      'One.\nTwo.'
    """
    if isinstance(value, str):
        return value.strip() if _says_something(value) else ""
    return _prose(value, 0).strip() if isinstance(value, list | dict) else ""


def _prose(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value
    if depth == _MAX_PROSE_NESTING:
        return ""
    if isinstance(value, list):
        inline = any(map(_is_inline, value))
        parts = [_prose(member, depth + 1) for member in value]
        return "".join(parts) if inline else "\n".join(part for part in parts if part.strip())
    if not isinstance(value, dict):
        return ""
    for key in _TEXT_KEYS:
        if isinstance(text := value.get(key), str) and text:
            return text
    if _kind_of_node(value) in ("hardBreak", "hard_break"):
        return "\n"
    parts = [_prose(value[key], depth + 1) for key in value if key in _NODE_KEYS]
    return "\n".join(part for part in parts if part.strip())


def _is_inline(node: object) -> bool:
    return isinstance(node, dict) and _kind_of_node(node) in _INLINE and "content" not in node


def _kind_of_node(node: dict[str, object]) -> object:
    kind = node.get("type") or node.get("_type") or node.get("nodeType")
    return kind if isinstance(kind, str) else None


def status_of(value: object) -> int | None:
    """Return the HTTP status that a value states."""
    text = text_of(value)
    return int(text) if text and re.fullmatch(r"[1-5]\d\d", text, re.ASCII) else None


def instant_of(value: object) -> datetime | None:
    """Return an instant in UTC: ISO 8601 with a zone, or a count since 1970; of others None."""
    text = text_of(value)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return read_epoch(text)
    try:
        return instant.astimezone(UTC) if instant.tzinfo else None
    except OverflowError:
        return None
