"""Which codec packs a file or a body: by its first bytes, its name, or what a server says."""

from warta.transforms.sources.streams import file_name

MAGIC = {
    "gzip": b"\x1f\x8b",
    "zstd": b"\x28\xb5\x2f\xfd",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
}
"""First bytes: RFC 1952, RFC 8878, bzip2's own, and the .xz file format, 2.1.1.1."""

HEAD_BYTES = max(map(len, MAGIC.values()))
"""First bytes of a file that show its codec."""

SUFFIXES = {
    ".gz": "gzip",
    ".zst": "zstd",
    ".zstd": "zstd",
    ".bz2": "bz2",
    ".xz": "xz",
    ".br": "br",
}
"""File name endings and their codec. Brotli has no first bytes of its own: the name alone says."""

CODINGS = {
    "gzip": "gzip",
    "x-gzip": "gzip",
    "deflate": "deflate",
    "x-deflate": "deflate",
    "br": "br",
    "zstd": "zstd",
    "bzip2": "bz2",
    "x-bzip2": "bz2",
    "xz": "xz",
}
"""Names in Content-Encoding, in lower case, and their codec."""

ACCEPTED = "gzip, deflate, br"
"""What requests say they understand."""


def codec_by_name(uri: str) -> str | None:
    """Return the codec that a file name states; None where it states none."""
    name = file_name(uri)
    return next((codec for suffix, codec in SUFFIXES.items() if name.endswith(suffix)), None)


def codec_by_magic(head: bytes) -> str | None:
    """Return the codec that first bytes show; None where they show none.

    Example:
      >>> codec_by_magic(b"BZh91AY&SY")
      'bz2'
    """
    return next((codec for codec, magic in MAGIC.items() if head.startswith(magic)), None)


def codec_of(uri: str, head: bytes) -> str | None:
    """Return the codec of a file, by its first HEAD_BYTES, else by its name.

    A file that is named .gz without being gzip must fail as such, not pass as odd text.
    """
    return codec_by_magic(head) or codec_by_name(uri)
