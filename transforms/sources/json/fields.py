"""Fields of a record of news in JSON: by which names they go, and which value fits them best.

What a value says is read in texts.py.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from warta.transforms.sources.json.texts import WEB_ADDRESS, names_of, prose_of, text_of

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

_NO_DATE = re.compile(
    r"[+-]?0+(?:\.0+)?|-1|0000-00-00.*|0001-01-01.*|1970-01-01(?:[T ]00:00(?::00)?(?:\.0+)?"
    r"\s?(?:Z|UTC|\+00:?00)?)?|\\?/?Date\((?:0|-62135596800000)\)\\?/?"
)
"""What programs write for a date that is not set."""

_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,24}", re.IGNORECASE)

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
    return WEB_ADDRESS.match(text_of(value) or "") is not None


def _is_path(value: object) -> bool:
    return (text_of(value) or "").startswith(("/", "www."))


def _is_date(value: object) -> bool:
    text = text_of(value)
    return text is not None and _NO_DATE.fullmatch(text) is None


def _is_name(value: object) -> bool:
    text = text_of(value)
    return text is not None and WEB_ADDRESS.match(text) is None


def _is_title(value: object) -> bool:
    """Return whether a publisher is named, and not its host alone."""
    text = text_of(value)
    return text is not None and WEB_ADDRESS.match(text) is None and _HOST.fullmatch(text) is None


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
