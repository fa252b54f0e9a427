"""Feeds for tests, in every format: made of entries, and read."""

from typing import Any

import orjson

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.sources.feeds.entries import Origin
from warta.transforms.sources.feeds.feed import parse_feed

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/"'
)
ATOM = 'xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
HOME = "https://lembah.example/"
FETCHED = "https://umpan.example/kabar/rss.xml"
TEXT = "Petani kopi di lembah memanen lebih awal karena hujan turun sejak pekan lalu."
SHORT = "Kopi dipanen lebih awal."


def rss(*items: str, head: str = f"<title>Kabar Lembah</title><link>{HOME}</link>") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {NAMESPACES}><channel>{head}{body}</channel></rss>'.encode()


def atom(*entries: str, head: str = "<title>Kabar Lembah</title>", base: str = "") -> bytes:
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f"<feed {ATOM} {base}>{head}{body}</feed>".encode()


def rdf(item: str) -> bytes:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel '
        f'rdf:about="{HOME}"><title>Kabar Lembah</title><link>{HOME}</link></channel>{item}'
        "</rdf:RDF>"
    ).encode()


def read(data: bytes, uri: str = "/data/a.xml", charset: str | None = None) -> list[SourceItem]:
    origin = Origin(Source("x"), uri, charset=charset)
    rows: list[SourceItem | Reject] = list(parse_feed(data, origin, InputLimits()))
    return [row for row in rows if isinstance(row, SourceItem)]


def one(data: bytes, uri: str = "/data/a.xml", charset: str | None = None) -> SourceItem:
    (item,) = read(data, uri, charset)
    return item


def json_feed(*items: dict[str, Any], **fields: Any) -> bytes:
    stated = {"version": "https://jsonfeed.org/version/1.1", "home_page_url": HOME}
    return orjson.dumps({**stated, **fields, "items": list(items)})
