"""Read the pages that a news sitemap (sitemaps.org with Google's extension) names."""

from collections.abc import Iterator
from itertools import chain
from xml.etree import ElementTree

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, SourceItem
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.core.storage import one_line
from warta.transforms.sources.compression.unpack import unpack_file
from warta.transforms.sources.feeds.entries import MAX_ENTRIES, Feed, Origin
from warta.transforms.sources.feeds.links import absolute_link
from warta.transforms.sources.feeds.markup_guard import check_xml

_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


def read_sitemap(data: bytes, origin: Origin, limits: InputLimits) -> Feed:
    """Return the entries of a news sitemap, which have no text of their own.

    Args:
      data: The whole file.
      origin: Where it came from.
      limits: Of its size unpacked, and of its depth.

    Raises:
      RejectedRecord: "bad_feed" for what is not a sitemap, names no news, or names other sitemaps;
        and what `check_xml` and `unpack_body` raise.
    """
    root = parse_sitemap(data, limits)
    if children := sitemaps_in(root):
        named = ", ".join(children[:3])
        raise RejectedRecord(
            "bad_feed", f"an index of sitemaps: follow one of them, such as {named}"
        )
    pages = [page for page in root.iter(f"{_SITEMAP}url") if page.find(f"{_NEWS}news") is not None]
    if not pages:
        raise RejectedRecord("bad_feed", "a sitemap without news:news: it names no news")
    records: Iterator[SourceItem | Reject] = (_item(page, origin) for page in pages[:MAX_ENTRIES])
    if len(pages) > MAX_ENTRIES:
        detail = f"pages after the first {MAX_ENTRIES} of the sitemap"
        rejection = RejectedRecord("too_large", detail)
        surplus = reject("read", rejection, origin.uri, f"item {MAX_ENTRIES + 1}", b"", limits)
        records = chain(records, (surplus,))
    return Feed(records)


def parse_sitemap(data: bytes, limits: InputLimits) -> ElementTree.Element:
    """Return the root of a sitemap, which may be packed.

    Raises:
      RejectedRecord: "bad_feed" for what is not a sitemap.
    """
    data = check_xml(unpack_file(data, limits.max_record_bytes), limits)
    try:
        root = ElementTree.fromstring(data)  # noqa: S314  check_xml let no entity through
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise RejectedRecord("bad_feed", one_line(error)) from error
    if root.tag not in (f"{_SITEMAP}urlset", f"{_SITEMAP}sitemapindex"):
        raise RejectedRecord("bad_feed", f"<{root.tag[-60:]}> is not a sitemap")
    return root


def sitemaps_in(root: ElementTree.Element) -> list[str]:
    """Return the sitemaps that an index names; none where it is not an index."""
    if root.tag != f"{_SITEMAP}sitemapindex":
        return []
    places = (child.findtext(f"{_SITEMAP}loc") for child in root.iter(f"{_SITEMAP}sitemap"))
    return [place.strip() for place in places if place and place.strip()]


def _item(page: ElementTree.Element, origin: Origin) -> SourceItem:
    def text_of(path: str) -> str | None:
        return (page.findtext(path) or "").strip() or None

    news = f"{_NEWS}news"
    publication = f"{news}/{_NEWS}publication"
    url = absolute_link(text_of(f"{_SITEMAP}loc"), origin.fetched_from)
    changed = text_of(f"{_SITEMAP}lastmod")
    keywords = (text_of(f"{news}/{_NEWS}keywords") or "").split(",")
    return SourceItem(
        source=origin.source,
        source_uri=origin.uri,
        source_record_id=url or "",
        kind="feed",
        raw=ElementTree.tostring(page),
        content="",
        content_type="text",
        url=url,
        headline=text_of(f"{news}/{_NEWS}title"),
        date_published=text_of(f"{news}/{_NEWS}publication_date"),
        date_modified=changed,
        other_dates=(changed,) if changed else (),
        keywords=tuple(word.strip() for word in keywords if word.strip()),
        in_language=text_of(f"{publication}/{_NEWS}language"),
        publisher_name=text_of(f"{publication}/{_NEWS}name"),
        feed_url=origin.uri,
        http_status=origin.http_status,
        date_fetched=origin.date_fetched,
    )
