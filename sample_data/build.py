"""Makes the derived sample files (packed, WARC, broken on purpose) from the readable ones.

Run `python sample_data/build.py` after a change in `originals/`; unchanged originals give the same
bytes again. Needs nothing but the standard library and pyarrow (for Zstandard).
"""

import hashlib
import tomllib
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

HERE = Path(__file__).parent
ORIGINALS = HERE / "originals"

HUGE_PAGE_BYTES = 50_000_000
DEEP_PAGE_TAGS = 100_000
FALSE_LENGTH_EXTRA_BYTES = 300
"""How much longer than it is the broken WARC record says it is: it reaches into its neighbour."""

PIXEL_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415478da63504858000001c401215ca259510000000049454e44ae426082"
)
"""One coloured pixel: a WARC holds more than pages."""


def pack_gzip(data: bytes) -> bytes:
    """Return one gzip member without file name or time, so that it comes out the same again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def pack_and_cut(lines: list[bytes]) -> bytes:
    """Return a gzip stream of lines that ends in the middle of the last one.

    Every line but the last is flushed whole, so that it can be read in front of the cut.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    whole = b"".join(packer.compress(line) + packer.flush(zlib.Z_FULL_FLUSH) for line in lines[:-1])
    last = packer.compress(lines[-1]) + packer.flush()
    return whole + last[: len(last) // 2]


def garbage(size: int, *, seed: bytes) -> bytes:
    """Return `size` bytes that are text in no encoding, without a NUL among them."""
    blocks = (hashlib.sha256(seed + str(n).encode()).digest() for n in range(size // 16))
    return b"".join(blocks).replace(b"\0", b"\x81")[:size]


def huge_page() -> bytes:
    """Return an HTML page of `HUGE_PAGE_BYTES`."""
    head = b"<!doctype html><html lang=id><title>Halaman tanpa akhir</title><body>\n"
    line = b"<p>Halaman ini terlalu panjang untuk dibaca siapa pun, Senin (9/11).</p>\n"
    return (head + line * (HUGE_PAGE_BYTES // len(line) + 1))[:HUGE_PAGE_BYTES]


def deep_page() -> bytes:
    """Return an HTML page of `DEEP_PAGE_TAGS` elements, each inside the one before."""
    text = b"<p>Di dasar sumur tanda kurung ini masih ada satu paragraf berita yang utuh.</p>"
    inner = b"<div>" * DEEP_PAGE_TAGS + text + b"</div>" * DEEP_PAGE_TAGS
    return b"<!doctype html><html lang=id><title>Sumur</title><body>" + inner + b"</body></html>\n"


def chunked(body: bytes, *, size: int = 1024) -> bytes:
    """Return an HTTP body in chunks of `size` bytes (RFC 9112, 7.1)."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def http_response(body: bytes, *, media_type: str, status: str, coding: str) -> bytes:
    """Return a whole HTTP/1.1 response; coding is "plain", "gzip" or "chunked"."""
    headers = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", "Server: example"]
    if coding == "gzip":
        body = pack_gzip(body)
        headers.append("Content-Encoding: gzip")
    if coding == "chunked":
        body = chunked(body)
        headers.append("Transfer-Encoding: chunked")
    else:
        headers.append(f"Content-Length: {len(body)}")
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + body


def warc_record(
    kind: str, uri: str, date: str, block: bytes, media_type: str, *, extra_bytes: int = 0
) -> bytes:
    """Return one WARC/1.1 record; its id is made of kind, address and date.

    Args:
      kind: warcinfo, request or response.
      uri: address of the page; "" for none.
      date: WARC-Date, ISO 8601 in UTC.
      block: what the record holds.
      media_type: of the block.
      extra_bytes: how much the stated length is too long.
    """
    record_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {uri} {date}")
    headers = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{record_id}>",
        f"WARC-Date: {date}",
        *([f"WARC-Target-URI: {uri}"] if uri else []),
        f"Content-Type: {media_type}",
        f"Content-Length: {len(block) + extra_bytes}",
    ]
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def page_record(page: dict[str, Any]) -> bytes:
    """Return the response record of the page of an entry of `warc.toml`."""
    charset = page.get("charset", "utf-8")
    text = (ORIGINALS / "pages" / page["page"]).read_text(encoding="utf-8")
    response = http_response(
        text.encode(charset),
        media_type=f"text/html; charset={charset}",
        status=page.get("status", "200 OK"),
        coding=page.get("coding", "plain"),
    )
    extra = FALSE_LENGTH_EXTRA_BYTES if page.get("false_length") else 0
    block_type = "application/http; msgtype=response"
    return warc_record(
        "response", page["uri"], page["date"], response, block_type, extra_bytes=extra
    )


def side_records(page: dict[str, Any]) -> Iterator[bytes]:
    """Yield what a crawl stores beside a page, no articles: request, robots.txt, a picture."""
    site, path = page["uri"].split(".example/", 1)
    site += ".example"
    request = f"GET /{path} HTTP/1.1\r\nHost: {site.removeprefix('https://')}\r\n\r\n".encode()
    yield warc_record(
        "request", page["uri"], page["date"], request, "application/http; msgtype=request"
    )
    others = (
        ("/robots.txt", "text/plain", b"User-agent: *\nDisallow: /admin/\n"),
        ("/logo.png", "image/png", PIXEL_PNG),
    )
    for name, media_type, body in others:
        response = http_response(body, media_type=media_type, status="200 OK", coding="plain")
        yield warc_record(
            "response", site + name, page["date"], response, "application/http; msgtype=response"
        )


def warc_records(pages: list[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the records of one WARC file, the crawler's own first."""
    info = b"software: sample_data/build.py\r\nformat: WARC File Format 1.1\r\n"
    yield warc_record("warcinfo", "", pages[0]["date"], info, "application/warc-fields")
    for page in pages:
        if page.get("side_records"):
            yield from side_records(page)
        yield page_record(page)


def warc_files() -> Iterator[tuple[str, bytes]]:
    """Yield path below sources/ and bytes of each WARC file; .gz has a member a record."""
    pages = tomllib.loads((ORIGINALS / "warc.toml").read_text(encoding="utf-8"))["page"]
    for name in dict.fromkeys(page["file"] for page in pages):
        records = warc_records([page for page in pages if page["file"] == name])
        packed = (pack_gzip(r) for r in records) if name.endswith(".gz") else records
        yield name, b"".join(packed)


def broken_files() -> Iterator[tuple[str, bytes]]:
    """(path below sources/, bytes) of the broken files that no editor can write."""
    lines = (ORIGINALS / "truncated.jsonl").read_bytes().splitlines(keepends=True)
    yield "broken/truncated.jsonl.gz", pack_and_cut(lines)
    noise = garbage(600, seed=b"not deflate")
    yield "broken/corrupt.jsonl.gz", pack_gzip(b"")[:10] + b"\xff" + noise
    yield "broken/huge-page.html.gz", pack_gzip(huge_page())
    yield "broken/deep-page.html.gz", pack_gzip(deep_page())
    yield "broken/garbage.txt", garbage(2000, seed=b"no encoding")
    yield (
        "broken/nul-bytes.txt",
        b"Jakarta (KABAR) - Teks ini terpotong \0\0\0 di tengah.\n",
    )
    yield "broken/empty.txt", b""


def render() -> Iterator[tuple[str, bytes]]:
    """Every derived file as (path below sources/, bytes)."""
    post = (ORIGINALS / "archipelago-post.jsonl").read_bytes()
    yield "jsonl/archipelago-post.jsonl.gz", pack_gzip(post)
    lintas = (ORIGINALS / "lintas-bahasa.jsonl").read_bytes()
    codec = pa.Codec("zstd", compression_level=9)
    yield "jsonl/lintas-bahasa.jsonl.zst", codec.compress(lintas, asbytes=True)
    page = (ORIGINALS / "pages" / "ledger-assembly-diaries.html").read_bytes()
    yield "html/ledger-assembly-diaries.html.gz", pack_gzip(page)
    yield from warc_files()
    yield from broken_files()


def main() -> None:
    """Write every derived file into sources/."""
    for name, data in render():
        (HERE / "sources" / name).write_bytes(data)
        print(f"{len(data):>9,} {name}")


if __name__ == "__main__":
    main()
