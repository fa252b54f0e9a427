"""feedparser, with what it loses of a feed: which text is whose, every date, names as written.

Its handlers take a picture's caption (media:description) for the entry's text, keep the last of
several dates, and cut mail addresses with long top-level domains in two. The handlers below are
put over its own; everything else is its work.
"""

import xml.sax
import xml.sax.handler
import xml.sax.xmlreader
from collections.abc import Mapping
from io import BytesIO
from typing import Any, NamedTuple

import feedparser.api
import feedparser.util

from warta.transforms.sources.feeds.fields import AUTHORS, CAPTION, DATES, ENTRY_TEXT, PERMALINK

_DATE_ELEMENTS = frozenset(
    {
        *("published", "updated", "created", "date", "dcterms_available", "dcterms_date"),
        *("prism_publicationdate", "prism_coverdate"),
    }
)
_OWN_ELEMENTS = (CAPTION, ENTRY_TEXT)


class ParsedFeed(NamedTuple):
    """A feed as parsed."""

    channel: Mapping[str, Any]
    entries: list[Mapping[str, Any]]
    version: str
    """Such as rss20 or atom10; "" where it is not a feed."""
    error: Exception | None
    """Why the strict parser refused it."""


_Handled: Any = object
"""feedparser's classes, which say nothing of their types."""


class _Details(feedparser.util.FeedParserDict):
    """What feedparser notes of a text: words and numbers, which a copy may share."""

    def __deepcopy__(self, _memo: Mapping[int, Any]) -> "_Details":
        return _Details(self)


class _Handlers(_Handled):
    """What is put over feedparser's handlers."""

    contentparams: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._media_depth = 0

    def _start_item(self, attributes: dict[str, str]) -> None:
        self._media_depth = 0
        super()._start_item(attributes)

    _start_entry = _start_item

    def _start_guid(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("ispermalink", "true")
        super()._start_guid({**attributes, "ispermalink": stated.strip().lower()})

    _start_id = _start_guid

    def _end_guid(self) -> None:
        if self.inentry and not self.insource:
            self.entries[-1].setdefault(PERMALINK, bool(self.guidislink))
        super()._end_guid()

    _end_id = _end_guid

    def _start_media_content(self, attributes: dict[str, str]) -> None:
        self._media_depth += 1
        super()._start_media_content(attributes)

    def _end_media_content(self) -> None:
        self._media_depth = max(0, self._media_depth - 1)

    def _start_media_description(self, attributes: dict[str, str]) -> None:
        name = CAPTION if self._media_depth else ENTRY_TEXT
        self.push_content(name, attributes, "text/html", 1)

    def _end_media_description(self) -> None:
        self._end_own()

    def _start_media_title(self, attributes: dict[str, str]) -> None:
        if self._media_depth:
            self.push_content(CAPTION, attributes, "text/html", 1)
        else:
            super()._start_media_title(attributes)

    def _end_media_title(self) -> None:
        if not self._end_own():
            super()._end_media_title()

    def _start_title(self, attributes: dict[str, str]) -> None:
        if self._is_in_picture():
            self.push_content(CAPTION, attributes, "text/html", 1)
        else:
            super()._start_title(attributes)

    def _end_title(self) -> None:
        if not self._end_own():
            super()._end_title()

    def _start_description(self, attributes: dict[str, str]) -> None:
        if self._is_in_picture():
            self.push_content(CAPTION, attributes, "text/html", 1)
        else:
            super()._start_description(attributes)

    def _end_description(self) -> None:
        if not self._end_own():
            super()._end_description()

    def _is_in_picture(self) -> bool:
        """Return whether an entry's <image> is open: RSS has it in the channel alone."""
        return bool(self.inentry and self.inimage)

    def _end_own(self) -> bool:
        """End an element that was opened here; False: the open one is another."""
        if not self.elementstack or self.elementstack[-1][0] not in _OWN_ELEMENTS:
            return False
        self.pop_content(self.elementstack[-1][0])
        return True

    def push_content(self, *args: Any) -> None:
        """Note of a text what can be copied soon: feedparser copies it, all the way down."""
        super().push_content(*args)
        self.contentparams = _Details(self.contentparams)

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:
        """Note the dates and names of an entry as they are written."""
        is_open = bool(self.elementstack) and self.elementstack[-1][0] == element
        text = super().pop(element, strip_whitespace)
        if is_open and isinstance(text, str) and self.inentry and not self.insource:
            words = text.strip()
            is_name = element == "name" and self.inauthor and not self.inpublisher
            if words and element in _DATE_ELEMENTS:
                self.entries[-1].setdefault(DATES, []).append((element, words))
            elif words and (element == "author" or is_name):
                self.entries[-1].setdefault(AUTHORS, []).append(words)
        return text


class _Strict(_Handlers, feedparser.api.StrictFeedParser):
    pass


class _Loose(_Handlers, feedparser.api.LooseFeedParser):
    pass


def parse_xml_feed(data: bytes) -> ParsedFeed:
    """Return a feed as parsed, strictly where it is well formed, else as far as it can be read.

    Args:
      data: UTF-8 that `markup_guard.check_xml` has made, of which no entity unfolds.

    Raises:
      LookupError, RuntimeError, TypeError, ValueError: feedparser fails on mangled markup.
    """
    parser: Any = _Strict("", None, "utf-8")
    error = _feed_strictly(parser, data)
    if error is not None:
        parser = _loosely(data)
    # Plain dicts: feedparser's own look for older names of a field at every access.
    entries: list[Mapping[str, Any]] = [dict(entry) for entry in parser.entries]
    return ParsedFeed(dict(parser.feeddata), entries, str(parser.version or ""), error)


def _feed_strictly(parser: Any, data: bytes) -> Exception | None:
    _prepare(parser)
    reader = xml.sax.make_parser()  # noqa: S317  check_xml let no entity through
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setFeature(xml.sax.handler.feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    source = xml.sax.xmlreader.InputSource()
    source.setByteStream(BytesIO(data))
    source.setEncoding("utf-8")
    try:
        reader.parse(source)
    except xml.sax.SAXException as error:
        return error
    return None


def _loosely(data: bytes) -> Any:
    parser: Any = _Loose("", None, "utf-8", {})
    _prepare(parser)
    parser.feed(data.decode())
    return parser


def _prepare(parser: Any) -> None:
    """Leave links and markup as they are: cleaning has its own ways."""
    parser.resolve_relative_uris = False
    parser.sanitize_html = False
