"""A source as the user named it -> the references that workers open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from transforms.core.records import Reference, RejectedRecord, Source
from transforms.core.storage import StorageError, one_line, public_uri
from transforms.sources.compression import HEAD_BYTES as CODEC_BYTES
from transforms.sources.compression import codec_of
from transforms.sources.glob import FoundFile, find_files
from transforms.sources.jsonl import FIELDS, unknown_fields
from transforms.sources.kinds import KINDS, kind_by_content, kind_by_name, read_head
from transforms.sources.streams import is_web, open_binary

_QUEUES = ("kafka://", "pubsub://")


class Skipped(NamedTuple):
    """A file in a folder that is not read, and why."""

    uri: str
    why: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds. Iterating gives the references."""

    references: tuple[Reference, ...]
    """In order of path, pieces of a file in order of place."""
    skipped: tuple[Skipped, ...] = ()

    def __iter__(self) -> Iterator[Reference]:
        return iter(self.references)

    def __len__(self) -> int:
        return len(self.references)


def list_source(source: Source, *, split_bytes: int, stripes: int) -> Listing:
    """A source -> its files, large ones in pieces.

    Args:
      source: its location is a path, glob, folder (with all below it) or URI; its kind, where
        given, holds for every file. Names that begin with "." or "_" are passed over.
      split_bytes: JSONL and WARC files over this size are cut.
      stripes: pieces of a compressed JSONL file over that size, which cannot be cut by bytes.

    Returns:
      References, and the files of a folder or glob whose kind is none of ours.

    Raises:
      StorageError: nothing is there, it cannot be listed, or the source says what cannot be.
    """
    _check_source(source)
    if source.location.startswith(_QUEUES):
        raise StorageError(f"{public_uri(source.location)} has no end: follow it with warta stream")
    if is_web(source.location):
        reference = Reference(source, source.location, source.kind or "feed")
        return Listing((reference,))
    references: list[Reference] = []
    skipped: list[Skipped] = []
    for file in find_files(source.location):
        kind = source.kind or _kind_of(file)
        if kind is None:
            skipped.append(Skipped(public_uri(file.uri), "not a feed, JSONL, text, HTML or WARC"))
        else:
            references += _pieces(source, file, kind, split_bytes, stripes)
    return Listing(tuple(references), tuple(skipped))


def _check_source(source: Source) -> None:
    shown = public_uri(source.location)
    if source.kind == "sitemap":
        raise StorageError(f"{shown}: a sitemap only names pages: follow it with warta watch")
    if source.kind is not None and source.kind not in KINDS:
        raise StorageError(f"{shown}: kind {source.kind!r} is none of {', '.join(KINDS)}")
    if is_web(source.location) and source.kind in ("jsonl", "warc"):
        raise StorageError(f"{shown}: {source.kind} is not read over HTTP: download it first")
    if unknown := unknown_fields(source.fields):
        raise StorageError(
            f"{shown}: no field {', '.join(unknown)}; there are {', '.join(sorted(FIELDS))}"
        )


def _kind_of(file: FoundFile) -> str | None:
    """Kind by name, else by content; None for a file that only lies in the same folder."""
    stated = kind_by_name(file.uri)
    if stated is not None:
        return stated
    if file.size == 0:
        # Read as a text, to be named among the rejects.
        return "text" if file.named else None
    try:
        kind = kind_by_content(read_head(file.uri))
    except (OSError, RejectedRecord):
        # Its reader says why.
        return "text"
    if file.named:
        return kind or "text"
    # A README.md is a text, and no article: of texts only those without an ending are taken.
    return kind if kind != "text" or not PurePosixPath(file.uri).suffix else None


def _pieces(
    source: Source, file: FoundFile, kind: str, split_bytes: int, stripes: int
) -> Iterator[Reference]:
    whole = Reference(source, file.uri, kind, size=file.size, stamp=file.stamp)
    if file.size <= split_bytes or kind not in ("jsonl", "warc"):
        yield whole
        return
    codec = _codec(file.uri)
    if codec is None or (kind == "warc" and codec == "gzip"):
        yield from _ranges(whole, split_bytes)
    elif kind == "jsonl":
        yield from _stripes(whole, stripes)
    else:
        yield whole


def _codec(uri: str) -> str | None:
    try:
        with open_binary(uri) as file:
            return codec_of(uri, file.read(CODEC_BYTES))
    except (OSError, RejectedRecord) as error:
        raise StorageError(f"cannot read {public_uri(uri)}: {one_line(error)}") from error


def _ranges(whole: Reference, split_bytes: int) -> Iterator[Reference]:
    count = -(-whole.size // split_bytes)
    cuts = [whole.size * n // count for n in range(count + 1)]
    for start, end in pairwise(cuts):
        # The last goes to the end, also of a file that has grown since.
        stop = None if end == whole.size else end
        yield replace(whole, size=end - start, start=start, end=stop)


def _stripes(whole: Reference, stripes: int) -> Iterator[Reference]:
    for stripe in range(stripes):
        yield replace(whole, size=whole.size // stripes, stripe=stripe, stripes=stripes)
