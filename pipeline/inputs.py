"""What a run reads, and how it is cut into batches. No Beam.

The cut follows from the inputs and the options alone: not from the order in which a disk lists its
files, nor from the clock, the machine or the number of workers. A batch is recognised by what it
reads.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from math import inf
from pathlib import Path

from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import StorageError, UnreadableError, UsageError
from warta.transforms.core.options import STORY_DAYS, fingerprint
from warta.transforms.core.records import Reference, Source
from warta.transforms.core.redaction import displayable
from warta.transforms.core.rejections import PASSED_OVER
from warta.transforms.core.storage import one_line
from warta.transforms.lake.versions import versions
from warta.transforms.sources.glob import Skipped
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.pipes import PipeCopy, is_pipe
from warta.transforms.sources.registry import labels_of_kinds
from warta.transforms.sources.streams import is_web, local_path
from warta.transforms.tagging.ner.gazetteer import read_users_file
from warta.transforms.tagging.topics.custom import read_custom_taxonomy

CHUNKS_A_BATCH = 128
"""A full batch of large files is dealt out to workers in so many chunks, once, before the work: one
chunk more or less must not matter, also to eight workers."""
_MIN_CHUNK_BYTES = 1 << 20
STRIPES = 4
"""Each stripe of a compressed file unpacks all of it, which costs about .5% of cleaning and tagging
it: four keep two workers evenly loaded, and leave some for more."""
LITTLE_FILES = 100
LITTLE_BYTES = 256 << 10
"""As many articles as one process makes in the second that it takes to start another."""
UNREADABLE = "unreadable_input"
"""In place of a kind, where nothing is to be had: a reason of `PASSED_OVER`."""
PIPE = "pipe"
"""In place of a kind, where only reading would find it out."""
_UNKNOWN_BYTES = 1 << 20
"""What an input of the web counts for, whose size only reading shows."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run reads, listed."""

    references: tuple[Reference, ...]
    """In the order of their URIs, feeds on the web last."""
    skipped: tuple[Skipped, ...] = ()
    """Files of no known kind, in folders."""
    unread: tuple[Reference, ...] = ()
    """References to `skipped` and `unreadable`, which are counted with the first batch."""
    unreadable: tuple[Skipped, ...] = ()
    """Sources without a readable file, and files and folders that cannot be read."""


def list_inputs(settings: RunOptions, copies: Mapping[str, PipeCopy] | None) -> Inputs:
    """List the files of all sources; what cannot be listed is passed over.

    Args:
      settings: Name the sources.
      copies: Of pipes, what they said, by location; None: they are listed, and not read.

    Returns:
      The inputs, with what was skipped and passed over.

    Raises:
      UsageError: Nothing is left to read.
      StorageError: An input that was typed by hand does not exist, or asks for what cannot be.
    """
    split_bytes = max(_MIN_CHUNK_BYTES, (settings.epoch_mb << 20) // CHUNKS_A_BATCH)
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    owners: dict[str, tuple[Reference, ...]] = {}
    skipped: list[Skipped] = []
    unread: dict[str, Reference] = {}
    unreadable: list[Skipped] = []
    for source in settings.sources:
        if copies is None and is_pipe(source.location):
            pipe = Reference(source, source.location, source.kind or PIPE, stamp=now)
            owners.setdefault(pipe.uri, (pipe,))
            continue
        try:
            listing = list_source(
                source,
                split_bytes=split_bytes,
                stripes=STRIPES,
                # An even number of stripes in each batch.
                stripe_bytes=(settings.epoch_mb << 20) // 2,
                copy=copies.get(source.location) if copies else None,
            )
        except StorageError as error:
            if source.location in settings.typed and not isinstance(error, UnreadableError):
                raise
            name = displayable(source.name or source.location)
            unreadable.append(Skipped(name, one_line(error)))
            continue
        skipped += listing.skipped
        unread |= {reference.uri: reference for reference in listing.unread}
        unreadable += listing.unreadable
        chunks: dict[str, list[Reference]] = {}
        for reference in listing.references:
            # A file's time shows whether it has changed; a URL has none.
            stamped = reference if reference.stamp else replace(reference, stamp=now)
            chunks.setdefault(reference.uri, []).append(stamped)
        # A file that several sources name is read once, as the first of them says.
        for uri, one_file in chunks.items():
            owners.setdefault(uri, tuple(one_file))
    if not owners:
        raise UsageError(_nothing(skipped, unreadable))
    ordered = sorted(owners, key=lambda uri: (is_web(uri), uri))
    references = tuple(reference for uri in ordered for reference in owners[uri])
    unread |= {one.uri: _unreadable_reference(one) for one in unreadable}
    others = tuple(reference for uri, reference in sorted(unread.items()) if uri not in owners)
    return Inputs(references, tuple(skipped), others, tuple(unreadable))


def is_little(settings: RunOptions) -> bool:
    """Return whether all inputs are so few and small that starting workers takes longer than they.

    Only files and folders of this machine are looked at, and no further than the answer needs.
    """
    sizes = chain.from_iterable(map(_sizes, settings.sources))
    most = list(islice(sizes, LITTLE_FILES + 1))
    return 0 < len(most) <= LITTLE_FILES and sum(most) <= LITTLE_BYTES


def _sizes(source: Source) -> Iterator[float]:
    """Yield the sizes of the files of a source; infinity for what only reading would show."""
    path = None if is_web(source.location) else local_path(source.location)
    if path and path.is_file():
        yield path.stat().st_size
    elif path and path.is_dir():
        yield from (file.stat().st_size for file in path.rglob("*") if file.is_file())
    else:
        yield inf


def _unreadable_reference(skipped: Skipped) -> Reference:
    """Return the reference of a source, folder or file that cannot be read: its name alone."""
    return Reference(Source(skipped.uri), skipped.uri, UNREADABLE)


def _nothing(skipped: Sequence[Skipped], unreadable: Sequence[Skipped]) -> str:
    if len(unreadable) == 1 and not skipped:
        return unreadable[0].why
    message = f"nothing to read: no input holds a {labels_of_kinds()} file"
    if skipped:
        message += f" ({len(skipped)} files of no known kind)"
    if unreadable:
        message += f"; {unreadable[0]}"
        message += f", and {len(unreadable) - 1} more" if len(unreadable) > 1 else ""
    return message


def batches_of(inputs: Inputs, settings: RunOptions) -> list[list[Reference]]:
    """Return the batches of a run; what is not read is counted with the first."""
    max_bytes = settings.epoch_mb << 20
    batches = list(cut_batches(inputs.references, max_bytes, settings.epoch_files))
    batches[0] += inputs.unread
    return batches


def cut_batches(
    references: Sequence[Reference], max_bytes: int, max_files: int
) -> Iterator[list[Reference]]:
    """Cut references into batches, each of which becomes one commit; none is empty.

    Args:
      references: In their order; chunks of a file are next to each other.
      max_bytes: Input of a batch, unless one chunk alone is larger.
      max_files: Files of a batch, which cost time each, however small they are.

    Yields:
      References of the web apart from files: what they hold differs from run to run, and would
      take along what can be recognised.
    """
    batch: list[Reference] = []
    size = files = 0
    for reference in references:
        # Of a file, no size is known to be none: thousands of empty ones are one batch.
        weight = _UNKNOWN_BYTES if is_web(reference.uri) and not reference.size else reference.size
        is_new_file = not batch or batch[-1].uri != reference.uri
        is_full = size + weight > max_bytes or files + is_new_file > max_files
        if batch and (is_full or is_web(batch[-1].uri) != is_web(reference.uri)):
            yield batch
            batch, size, files, is_new_file = [], 0, 0, True
        batch.append(reference)
        size += weight
        files += is_new_file
    if batch:
        yield batch


def commit_id_of(references: Sequence[Reference], settings: RunOptions) -> str:
    """Return the name of a batch, made of what it reads and what reads it: 20 hex digits.

    Args:
      references: What the batch reads, in any order.
      settings: What the run was asked to do.

    Returns:
      The same name for the same inputs, options and versions.
    """
    parts = [
        repr(reference)
        for reference in sorted(references, key=lambda one: (one.uri, one.start))
        if reference.kind not in PASSED_OVER
    ]
    parts += [fingerprint(settings.limits, settings.cleaning)]
    parts += [str(settings.dedup.days), str(settings.dedup.near_threshold)]
    parts += [_with_line_feeds(read_users_file(uri)) for uri in settings.tagging.gazetteers]
    # Without custom topics and models a commit id is what it was before they could be given.
    parts += _model_stamp(settings.tagging.ner)
    parts += [read_custom_taxonomy(path).label for path in settings.tagging.topics]
    parts += [] if settings.tagging.iptc else ["no iptc"]
    parts += _model_stamp(settings.tagging.topic_model)
    # With as many as ever, a commit id is what it was before stories.
    parts += [f"story days {settings.story_days}"] if settings.story_days != STORY_DAYS else []
    parts += [f"since {settings.since}"] if settings.since else []
    parts += [f"limit {settings.limit}"] if settings.limit else []
    parts += versions().values()
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _with_line_feeds(table: bytes) -> str:
    """Return the text of a user's table, whatever ends its lines."""
    return table.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _model_stamp(model: str | None) -> list[str]:
    """Return what changes when a file of the model does."""
    if model is None:
        return []
    files = sorted(file for file in Path(model.partition(":")[2]).glob("*") if file.is_file())
    return [model, *(f"{file.name} {file.stat().st_size}" for file in files)]
