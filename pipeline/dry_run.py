"""`--dry-run` and `warta check`: what would be read, without reading or writing any of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from warta.pipeline.console.messages import in_bytes
from warta.pipeline.inputs import PIPE, Inputs, batches_of, commit_id_of
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import StorageError
from warta.transforms.core.records import Source
from warta.transforms.core.storage import one_line, public_uri
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.layout import MARKER
from warta.transforms.lake.opening import check_folder
from warta.transforms.lake.storage import Lake
from warta.transforms.polling.poll_feed import due
from warta.transforms.polling.state import FeedState
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.registry import reader_of
from warta.transforms.sources.streams import is_web

_WHOLE = 1 << 62


def describe_inputs(inputs: Inputs, settings: RunOptions) -> Iterator[str]:
    """Return the lines of a dry run: files with kinds and sizes, what is left out, and the batches.

    Args:
      inputs: As a run lists them.
      settings: As of that run; its lake is looked at, and not made.

    Raises:
      UsageError: The lake's folder holds files of others.
      LakeError: The lake cannot be used.
    """
    lake = Lake(settings.lake)
    check_folder(lake, force=settings.force)
    sizes: dict[str, tuple[str, int]] = {}
    for reference in inputs.references:
        kind, size = sizes.get(reference.uri, (reference.kind, 0))
        sizes[reference.uri] = (kind, size + reference.size)
    for uri, (kind, size) in sizes.items():
        shown = "fetched" if is_web(uri) else "" if kind == PIPE else in_bytes(size)
        yield f"{shown:>10}  {kind:<5}  {uri}"
    for label, left_out in (("skipped", inputs.skipped), ("passed over", inputs.unreadable)):
        for one in left_out:
            yield f"{label}: {one}"
    batches = batches_of(inputs, settings)
    is_lake = lake.exists(MARKER)
    if is_lake:
        lake.check()
    known = sum(
        is_lake and read_commit(lake, commit_id_of(batch, settings)) is not None
        for batch in batches
    )
    total = sum(size for _, size in sizes.values())
    yield (
        f"{counted(len(sizes), 'input')}, {in_bytes(total)}, in {counted(len(batches), 'commit')}"
        + (f", {known:,} of them in the lake already" if known else "")
        + "; nothing was read or written"
    )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it needs one.

    Example:
      >>> counted(2, "file")
      '2 files'
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class CheckedSource(NamedTuple):
    """What was found of a source."""

    line: str
    """To be shown."""
    is_good: bool


def check_sources(sources: Iterable[Source]) -> Iterator[CheckedSource]:
    """Look at what each source of a config holds, without asking any server for a feed."""
    for source in sources:
        name = source.name or source.location
        kind = source.web_kind
        if is_web(source.location) and reader_of(kind).over_http:
            yield CheckedSource(f"{name}: {kind} at {source.location}", is_good=True)
            continue
        try:
            listing = list_source(source, split_bytes=_WHOLE, stripes=1)
        except StorageError as error:
            yield CheckedSource(f"{name}: {one_line(error)}", is_good=False)
            continue
        kinds = Counter(reference.kind for reference in listing)
        found = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
        size = in_bytes(sum(reference.size for reference in listing))
        left_out = f"; {len(listing.skipped):,} of no known kind" if listing.skipped else ""
        left_out += f"; {len(listing.unreadable):,} unreadable" if listing.unreadable else ""
        yield CheckedSource(
            f"{name}: {found or 'no file of a known kind'}, {size}{left_out}", is_good=bool(kinds)
        )


def describe_feeds(
    sources: Sequence[Source], states: Mapping[str, FeedState], now: datetime
) -> Iterator[str]:
    """Return the lines of a dry run of `warta watch`: every feed, and when it is due.

    Args:
      sources: Feeds and sitemaps that are followed.
      states: What a lake remembers of feeds, by URL.
      now: The moment of the poll cycle.
    """
    waiting = {public_uri(source.location) for source, _ in due(list(sources), dict(states), now)}
    for source in sources:
        url = public_uri(source.location)
        state = states.get(url)
        when = "due now" if url in waiting else "stopped" if state and state.stopped_at else ""
        if not when and state and state.next_poll_at:
            when = f"due at {state.next_poll_at:%Y-%m-%dT%H:%M:%SZ}"
        yield f"{when or 'waits for its host':<24}  {source.web_kind:<7}  {url}"
    yield (
        f"{counted(len(waiting), 'feed')} of {len(sources):,} due; nothing was asked for, and "
        "nothing was written"
    )
