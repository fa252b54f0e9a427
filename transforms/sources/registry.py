"""Know the kinds of input: one `Reader` for each, in one place.

warta's own are listed in `readers.READERS`. Another package adds one with an entry point in the
group `warta.readers` that names its `Reader` (docs/extending.md): files, config, command line and
replays know it from then on.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from warta.transforms.core.errors import UnknownKindError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    PassedOver,
    Reference,
    Reject,
    Source,
    SourceItem,
)
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.suggestions import nearest
from warta.transforms.sources.compression.codec_names import SUFFIXES
from warta.transforms.sources.compression.unpack import open_with_codec, unpack
from warta.transforms.sources.sniffing import HEAD_BYTES
from warta.transforms.sources.streams import file_name, read_chunks

Records = Iterator[SourceItem | Reject | PassedOver]

ENTRY_POINTS = "warta.readers"
"""Group of entry points by which other packages add kinds."""


class Sharing(Enum):
    """How a large file is shared by several workers."""

    WHOLE = "one reads it"
    RANGES = "it is cut by bytes: a record belongs to the range in which it begins"
    STRIPES = "each unpacks it, and keeps every n-th block of its records"


def _never(_: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Reader:
    """A kind of input: how it is recognised, read, and read again from what a reject kept.

    Args:
      name: What sources, options and rows call it.
      label: What messages call it.
      read: From a reference, its URI as it may be shown, and the limits to the records in it, in
        order. Raises RejectedRecord or OSError where the input cannot be read.
      suffixes: File name endings, without that of a packing.
      weak_suffixes: Endings that files of other sorts have too. Such a file of a folder is of this
        kind where `may_hold` says so.
      sniff: Whether the first unpacked bytes of a file show this kind.
      may_hold: Whether they show records of it, of a file with a weak ending.
      reparse: From a reject, its source and the limits to the records in the bytes that it kept;
        None where these say too little, and the input is read again. Left out: it always is.
      reparse_first: Rejects of cleaning are parsed again too, since a config may say today how.
      share: From the codec and the first bytes of a large file, as stored, to how it is shared. All
        chunks together must give exactly the records of the whole. Left out: one worker reads it.
      over_http: One request gets it whole, of bounded size.
      is_followed: `warta watch` follows it.
      is_read: Files and single requests hold its records; else it is only followed.
    """

    name: str
    label: str
    read: Callable[[Reference, str, InputLimits], Records]
    suffixes: tuple[str, ...] = ()
    weak_suffixes: tuple[str, ...] = ()
    sniff: Callable[[bytes], bool] = _never
    may_hold: Callable[[bytes], bool] = _never
    reparse: Callable[[Reject, Source, InputLimits], Records | None] | None = None
    reparse_first: bool = False
    share: Callable[[str | None, bytes], Sharing] | None = None
    over_http: bool = True
    is_followed: bool = False
    is_read: bool = True


def reader_of(kind: str) -> Reader:
    """Return the reader of a kind.

    Raises:
      UnknownKindError: There is none.

    Example:
      >>> reader_of("warc").suffixes
      ('.warc', '.wet')
      >>> reader_of("fed")
      Traceback (most recent call last):
      warta.transforms.core.errors.UnknownKindError: unknown kind 'fed'; did you mean 'feed'?
    """
    found = _builtin().get(kind) or _added().get(kind)
    if found is None:
        meant = kind_meant(kind)
        hint = f"; {kind} files are of kind {meant!r}" if meant else None
        raise UnknownKindError(f"unknown kind {kind!r}{hint or nearest(kind, names_of_kinds())}")
    return found


def is_known(kind: str) -> bool:
    """Return whether there is a reader of a kind."""
    return kind in _builtin() or kind in _added()


def readers() -> tuple[Reader, ...]:
    """Return the readers of all kinds, warta's own first."""
    return (*_builtin().values(), *_added().values())


def builtin_readers() -> tuple[Reader, ...]:
    """Return the readers of warta's own kinds, without a look at other packages."""
    return tuple(_builtin().values())


def names_of_kinds() -> tuple[str, ...]:
    """Return the names of all kinds that a source may have."""
    return tuple(reader.name for reader in readers())


def labels_of_kinds() -> str:
    """Return what files can hold, in words.

    Example:
      >>> labels_of_kinds()
      'feed, JSONL, HTML, WARC or text'
    """
    *others, last = (reader.label for reader in readers() if reader.is_read)
    return f"{', '.join(others)} or {last}"


def kind_by_name(uri: str) -> str | None:
    """Return the kind that a file name states; None where it states none.

    Example:
      >>> kind_by_name("dumps/2026-11.jsonl.gz")
      'jsonl'
    """
    suffix = _suffix(uri)
    return _with_suffix(suffix, _builtin()) or _with_suffix(suffix, _added()) if suffix else None


def kind_meant(word: str) -> str | None:
    """Return the kind of files that end in a word that is not a kind; None where there is none.

    Example:
      >>> kind_meant("json"), kind_meant("rss"), kind_meant("docx")
      ('jsonl', 'feed', None)
    """
    name = f"x.{word}"
    weak = reader_by_weak_name(name)
    return kind_by_name(name) or (weak.name if weak else None)


def reader_by_weak_name(uri: str) -> Reader | None:
    """Return the reader of a kind whose weak ending a file name has; None where it has none."""
    suffix = _suffix(uri)
    return next((one for one in readers() if suffix in one.weak_suffixes), None) if suffix else None


def kind_by_content(head: bytes) -> str | None:
    """Return the kind that the first unpacked bytes of a file show; None if they may be anything.

    Example:
      >>> kind_by_content(b"<?xml version='1.0'?><rss version='2.0'>")
      'feed'
    """
    # Others' kinds come first: whatever is UTF-8 is a text.
    asked = (*_added().values(), *_builtin().values())
    return next((reader.name for reader in asked if reader.sniff(head)), None)


def read_head(uri: str) -> bytes:
    """Return the first unpacked bytes of a file; fewer where it is broken.

    Raises:
      OSError, RejectedRecord: It cannot be opened.
    """
    head = bytearray()
    with open_with_codec(uri, uri, may_be_empty=True) as (file, codec):
        try:
            for chunk in unpack(read_chunks(file), codec):
                head += chunk
                if len(head) >= HEAD_BYTES:
                    break
        except RejectedRecord:
            # Its reader says so, with the records before the fault.
            return bytes(head)
    return bytes(head[:HEAD_BYTES])


def _suffix(uri: str) -> str:
    name = PurePosixPath(file_name(uri))
    return (name.with_suffix("") if name.suffix in SUFFIXES else name).suffix


def _with_suffix(suffix: str, known: dict[str, Reader]) -> str | None:
    return next((name for name, one in known.items() if suffix in one.suffixes), None)


@functools.cache
def _builtin() -> dict[str, Reader]:
    # Here because readers are made of this module's classes.
    from warta.transforms.sources.readers import READERS

    return {reader.name: reader for reader in READERS}


@functools.cache
def _added() -> dict[str, Reader]:
    """Kinds of other packages. To look for them takes 50 ms: only what is unknown asks for it."""
    # Here for the same reason.
    from importlib.metadata import entry_points

    loaded = [point.load() for point in entry_points(group=ENTRY_POINTS)]
    for reader in loaded:
        if not isinstance(reader, Reader):
            raise TypeError(f"an entry point in {ENTRY_POINTS} names {reader!r}, not a Reader")
    return {reader.name: reader for reader in loaded}
