"""A feed (RSS, Atom, RDF or JSON Feed) as its entries."""

from collections.abc import Iterator

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, SourceItem
from warta.transforms.sources.feeds.entries import Feed, Origin
from warta.transforms.sources.feeds.json_feed import parse_json_feed
from warta.transforms.sources.feeds.xml_feed import parse_xml
from warta.transforms.sources.json.head import encoding_of, plain_head

_HEAD_BYTES = 256
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
"""A byte order mark and blanks, in any order."""


def parse_feed(data: bytes, origin: Origin, limits: InputLimits) -> Iterator[SourceItem | Reject]:
    """Return a feed's entries in order, each with its dates as written.

    Args:
      data: The whole feed, of at most `limits.max_record_bytes`.
      origin: Where it came from; its URI is the `feed_url` where it is one of the web.
      limits: For depth, and for what a reject keeps.

    Returns:
      One item an entry. After MAX_ENTRIES one reject stands for the rest.

    Raises:
      RejectedRecord: "bad_feed" for what is not a feed; "too_deep", "too_large" for one that no
        parser should see.
    """
    yield from read_feed(data, origin, limits).records


def read_feed(data: bytes, origin: Origin, limits: InputLimits) -> Feed:
    """Return the entries as `parse_feed` does, with what the feed says of its updates."""
    head = plain_head(data[:_HEAD_BYTES]).lstrip(_BEFORE_JSON)
    if head.startswith(b"{"):
        is_wide = encoding_of(data[:_HEAD_BYTES]) is not None
        return Feed(parse_json_feed(data if is_wide else data.lstrip(_BEFORE_JSON), origin, limits))
    return parse_xml(data, origin, limits)
