"""What must hold across the files of a lake: ids, versions, copies, mentions."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from warta.transforms.lake.article_index import Words, missing_ids
from warta.transforms.lake.layout import ARTICLE_INDEX, Lake
from warta.transforms.lake.verify_files import Fault, SeenRows, guarded

_EXAMPLES = 5
"""Faults of one kind that are named one by one."""


def check_rows(lake: Lake, seen: SeenRows) -> Iterator[Fault]:
    """Yield what does not hold across the files of a lake in which each file is sound.

    Args:
      lake: Which.
      seen: What its files hold.
    """
    articles = _joined(seen.articles, 3)
    keys, counts = np.unique(articles, axis=0, return_counts=True)
    yield from _named("articles", keys[counts > 1], "is there more than once")
    known = _bytes(keys)
    for table, found in seen.children.items():
        children = np.unique(_joined(found, 3), axis=0)
        orphans = children[~np.isin(_bytes(children), known)]
        yield from _named("articles", orphans, f"has {table}, but is no article")
    yield from _check_versions(keys)
    originals = np.unique(_joined(seen.originals, 2), axis=0)
    lost = originals[~np.isin(_bytes(originals), _bytes(keys[:, :2]))]
    yield from _named("articles", lost, "is an original, but is no article")
    there = originals[np.isin(_bytes(originals), _bytes(keys[:, :2]))]
    copies = there[~np.isin(_bytes(there), _bytes(_joined(seen.firsthand, 2)))]
    yield from _named("articles", copies, "is an original, but a copy itself")
    rejects, counts = np.unique(_joined(seen.rejects, 2), axis=0, return_counts=True)
    yield from _named("rejects", rejects[counts > 1], "is open more than once")
    yield from guarded(ARTICLE_INDEX, _check_index(lake))


def _check_index(lake: Lake) -> Iterator[Fault]:
    missing = missing_ids(lake)
    if missing:
        yield Fault(
            ARTICLE_INDEX, f"lacks {missing} articles; remove the folder, and it is made anew"
        )


def _check_versions(keys: Words) -> Iterator[Fault]:
    """Versions of an article are 1, 2, 3 ...: the highest is their number."""
    ids, first, count = np.unique(keys[:, :2], axis=0, return_index=True, return_counts=True)
    highest = np.maximum.reduceat(keys[:, 2], first) if len(first) else first
    yield from _named("articles", ids[highest != count], "lacks one of its versions")


def _named(table: str, keys: Words, what: str) -> Iterator[Fault]:
    for key in keys[:_EXAMPLES]:
        version = f" version {key[2]}" if len(key) > 2 else ""
        yield Fault(table, f"{table[:-1]} {int(key[0]):016x}{int(key[1]):016x}{version} {what}")
    if len(keys) > _EXAMPLES:
        yield Fault(table, f"and {len(keys) - _EXAMPLES} more: {what}")


def _joined(parts: Sequence[Words], width: int) -> Words:
    return np.concatenate([np.empty((0, width), dtype=np.uint64), *parts])


def _bytes(keys: Words) -> npt.NDArray[np.void]:
    """Return rows of words as values that can be looked up."""
    rows = np.ascontiguousarray(keys)
    return rows.view(f"V{rows.shape[1] * 8}").reshape(len(rows))
