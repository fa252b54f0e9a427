"""Read the feeds in a list of subscriptions (OPML 1.0, 2.0)."""

from typing import NamedTuple
from xml.etree import ElementTree

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.storage import one_line
from warta.transforms.sources.feeds.markup_guard import check_xml
from warta.transforms.sources.streams import is_web


class Subscription(NamedTuple):
    """One feed of a list."""

    url: str
    title: str
    language: str | None = None


def parse_opml(data: bytes, limits: InputLimits) -> tuple[list[Subscription], list[str]]:
    """Return the feeds of a list in its order, each once; and what in it cannot be followed.

    Raises:
      RejectedRecord: "bad_feed" for what is not OPML; and what `check_xml` raises.
    """
    try:
        root = ElementTree.fromstring(check_xml(data, limits))  # noqa: S314  no entity gets through
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise RejectedRecord("bad_feed", one_line(error)) from error
    if root.tag.lower() != "opml":
        raise RejectedRecord("bad_feed", f"<{root.tag[:60]}> is not OPML")
    found: dict[str, Subscription] = {}
    odd: list[str] = []
    for outline in root.iter("outline"):
        attributes = {name.lower(): value.strip() for name, value in outline.attrib.items()}
        url = attributes.get("xmlurl", "")
        if not url:
            # A folder.
            continue
        if not is_web(url):
            odd.append(url)
            continue
        title = attributes.get("title") or attributes.get("text") or ""
        found.setdefault(url, Subscription(url, title, attributes.get("language") or None))
    return list(found.values()), odd
