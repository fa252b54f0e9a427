"""`--dry-run` and `warta check`: what would be read, without reading or writing any of it."""

from collections.abc import Iterator

from pipeline.inputs import PIPE, Inputs, commit_id_of, cut_batches
from pipeline.options import Settings
from transforms.core.storage import public_uri
from transforms.lake.commit import read_commit
from transforms.lake.layout import MARKER, Lake
from transforms.sources.streams import is_web


def describe_inputs(inputs: Inputs, settings: Settings) -> Iterator[str]:
    """Return the lines of a dry run: files with kinds and sizes, what is left out, and the batches.

    Args:
      inputs: As a run lists them.
      settings: As of that run; its lake is looked at, and not made.
    """
    sizes: dict[str, tuple[str, int]] = {}
    for reference in inputs.references:
        kind, size = sizes.get(reference.uri, (reference.kind, 0))
        sizes[reference.uri] = (kind, size + reference.size)
    for uri, (kind, size) in sizes.items():
        shown = "fetched" if is_web(uri) else "" if kind == PIPE else in_bytes(size)
        yield f"{shown:>10}  {kind:<5}  {public_uri(uri)}"
    for label, left_out in (("skipped", inputs.skipped), ("passed over", inputs.passed_over)):
        for one in left_out:
            yield f"{label}: {one}"
    batches = list(cut_batches(inputs.references, settings.epoch_mb << 20, settings.epoch_files))
    lake = Lake(settings.lake)
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


def in_bytes(size: int) -> str:
    """Return a size as people read it.

    Example:
      >>> in_bytes(12_345)
      '12.3 kB'
    """
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1_000:
            break
        amount, unit = amount / 1_000, larger
    return f"{amount:.1f} {unit}" if unit != "B" else f"{size} B"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it needs one.

    Example:
      >>> counted(2, "file")
      '2 files'
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
