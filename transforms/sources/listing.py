"""List the references that workers open for a source as the user named it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath

from warta.transforms.core.errors import StorageError, UnknownKindError
from warta.transforms.core.records import Reference, Source
from warta.transforms.core.redaction import displayable
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.compression.codec_names import codec_of
from warta.transforms.sources.glob import FoundFile, Skipped, find_files
from warta.transforms.sources.json.jsonl import FIELDS, unknown_fields
from warta.transforms.sources.json.reader import HEAD_BYTES
from warta.transforms.sources.pipes import PipeCopy
from warta.transforms.sources.queues.registry import is_topic, queue_of
from warta.transforms.sources.registry import (
    Sharing,
    kind_by_content,
    kind_by_name,
    labels_of_kinds,
    read_head,
    reader_by_weak_name,
    reader_of,
)
from warta.transforms.sources.streams import is_web, open_binary

UNKNOWN_KIND = "unknown_kind"
"""Kind of a reference to a file of a folder that no reader reads: a reason of PASSED_OVER."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds. Iterating gives the references."""

    references: tuple[Reference, ...]
    """In order of path, pieces of a file in order of place."""
    skipped: tuple[Skipped, ...] = ()
    """Files of a folder or glob of a kind that warta does not read."""
    unreadable: tuple[Skipped, ...] = ()
    """Folders and files that the system refuses."""
    unread: tuple[Reference, ...] = ()
    """References to `skipped`: they are counted, not opened."""

    def __iter__(self) -> Iterator[Reference]:
        return iter(self.references)

    def __len__(self) -> int:
        return len(self.references)


@dataclass(frozen=True, slots=True)
class Split:
    """How large JSONL and WARC files are cut."""

    chunk_bytes: int
    """Files over this size are cut."""
    stripes: int
    """Fewest pieces of a compressed JSONL file over that size, which cannot be cut by bytes."""
    stripe_bytes: int | None = None
    """Largest share of such a file that a piece stands for; None: whatever it is."""

    def stripes_of(self, size: int) -> int:
        """Return the number of stripes of a compressed file of so many bytes, an even one."""
        if self.stripe_bytes is None:
            return self.stripes
        wanted = -(-size // self.stripe_bytes)
        return max(self.stripes, wanted + wanted % 2)


def list_source(
    source: Source,
    *,
    split_bytes: int,
    stripes: int,
    stripe_bytes: int | None = None,
    copy: PipeCopy | None = None,
) -> Listing:
    """Return the files of a source, large ones in pieces.

    Args:
      source: Its location is a path, glob, folder (with all below it) or URI; its kind, where
        given, holds for every file. Names that begin with "." or "_" are passed over.
      split_bytes: As `Split.chunk_bytes`.
      stripes: As of `Split`.
      stripe_bytes: As of `Split`.
      copy: Of a pipe, what it said.

    Raises:
      UnreadableError: It cannot be listed, or holds no file.
      StorageError: Nothing is there, or the source says what cannot be.
    """
    split = Split(split_bytes, stripes, stripe_bytes)
    _check_source(source)
    if queue_of(source.location) is not None:
        commands = "warta watch or warta stream" if is_topic(source.location) else "warta stream"
        raise StorageError(f"{displayable(source.location)} has no end: follow it with {commands}")
    if is_web(source.location):
        reference = Reference(source, source.location, source.web_kind)
        return Listing((reference,))
    if copy is not None:
        return Listing(tuple(_chunks_of_pipe(source, copy, split)))
    references: list[Reference] = []
    skipped: list[Skipped] = []
    unread: list[Reference] = []
    found = find_files(source.location)
    for file in found.files:
        kind = source.kind or _kind_of(file)
        if kind is None:
            skipped.append(Skipped(displayable(file.uri), f"not a {labels_of_kinds()}"))
            unread.append(Reference(source, file.uri, UNKNOWN_KIND, stamp=file.stamp))
        else:
            references += _chunks(source, file, kind, split)
    return Listing(tuple(references), tuple(skipped), tuple(found.unreadable), tuple(unread))


def _chunks_of_pipe(source: Source, copy: PipeCopy, split: Split) -> Iterator[Reference]:
    """Cut the copy of a pipe; its references bear the pipe's own name."""
    file = FoundFile(copy.path, copy.size, copy.stamp, named=True)
    kind = source.kind or kind_by_name(source.location) or _kind_of(file) or "text"
    for reference in _chunks(source, file, kind, split):
        yield replace(reference, uri=source.location, copy=copy.path)


def _check_source(source: Source) -> None:
    name = displayable(source.location)
    if source.kind is not None:
        try:
            reader = reader_of(source.kind)
        except UnknownKindError as error:
            raise StorageError(f"{name}: {error}") from error
        if not reader.is_read:
            only = f"a {reader.label} only names pages: follow it with warta watch"
            raise StorageError(f"{name}: {only}")
        if is_web(source.location) and not reader.over_http:
            what = f"{source.kind} is not read over HTTP: download it first"
            raise StorageError(f"{name}: {what}")
    if unknown := unknown_fields(source.fields):
        raise StorageError(
            f"{name}: no field {', '.join(unknown)}; there are {', '.join(sorted(FIELDS))}"
        )


def _kind_of(file: FoundFile) -> str | None:
    """Kind by name, else by content; None for a file that is only in the same folder."""
    stated = kind_by_name(file.uri)
    if stated is not None:
        return stated
    if file.size == 0:
        # Read as a text, to be named among the rejects.
        return "text" if file.named else None
    try:
        head = read_head(file.uri)
    except (OSError, RejectedRecord):
        # Its reader says why.
        return "text"
    kind = kind_by_content(head)
    by_weak_name = reader_by_weak_name(file.uri)
    if by_weak_name is not None and kind in (None, "text", by_weak_name.name):
        # It is not prose: its reader says what is wrong with it. Others hold settings.
        return by_weak_name.name if file.named or by_weak_name.may_hold(head) else None
    if file.named:
        return kind or "text"
    # A README.md is a text, and no article: of texts only those without an ending are taken.
    return kind if kind != "text" or not PurePosixPath(file.uri).suffix else None


def _chunks(source: Source, file: FoundFile, kind: str, split: Split) -> Iterator[Reference]:
    whole = Reference(source, file.uri, kind, size=file.size, stamp=file.stamp)
    share = reader_of(kind).share
    if file.size <= split.chunk_bytes or share is None:
        yield whole
        return
    try:
        with open_binary(file.uri) as opened:
            head = opened.read(HEAD_BYTES)
            sharing = share(codec_of(file.uri, head), head)
    except (OSError, RejectedRecord):
        # Its reader says why.
        yield whole
        return
    if sharing is Sharing.RANGES:
        yield from _ranges(whole, split.chunk_bytes)
    elif sharing is Sharing.STRIPES:
        yield from _stripes(whole, split.stripes_of(file.size))
    else:
        yield whole


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
