"""What must hold across the files of a lake: ids, versions, copies, mentions."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from warta.transforms.lake.article_index import missing_ids
from warta.transforms.lake.index_files import Words
from warta.transforms.lake.layout import ARTICLE_INDEX
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.files import Fault, SeenRows, guarded

_EXAMPLES = 5
"""Faults of one kind that are named one by one."""
_ONE_OF = {"articles": "article", "mentions": "mention", "rejects": "reject", "stories": "story"}


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
        yield from _named("articles", orphans, f"has {table}, but is not an article")
    yield from _check_versions(keys)
    originals = np.unique(_joined(seen.originals, 2), axis=0)
    lost = originals[~np.isin(_bytes(originals), _bytes(keys[:, :2]))]
    yield from _named("articles", lost, "is an original, but is not an article")
    there = originals[np.isin(_bytes(originals), _bytes(keys[:, :2]))]
    copies = there[~np.isin(_bytes(there), _bytes(_joined(seen.firsthand, 2)))]
    yield from _named("articles", copies, "is an original, but a copy itself")
    rejects, counts = np.unique(_joined(seen.rejects, 2), axis=0, return_counts=True)
    yield from _named("rejects", rejects[counts > 1], "is open more than once")
    yield from _check_stories(_joined(seen.in_stories, 3), _joined(seen.stories, 6))
    yield from guarded(ARTICLE_INDEX, _check_index(lake))


def _check_stories(articles: Words, rows: Words) -> Iterator[Fault]:
    """Yield stories whose row that counts does not hold the articles that the lake has of them."""
    keys, count = np.unique(rows[:, [0, 1, 4]], axis=0, return_counts=True)
    yield from _named("stories", keys[count > 1], "is there more than once")
    rows = _latest(rows)
    both = np.concatenate([articles[:, :2], rows[:, :2], rows[:, 2:4]])
    ids, numbers = np.unique(both, axis=0, return_inverse=True)
    of_articles, stories, current = np.split(
        numbers.reshape(-1), [len(articles), len(articles) + len(rows)]
    )
    there = np.bincount(of_articles, minlength=len(ids))
    now = np.arange(len(ids))
    now[stories] = current
    yield from _named("stories", ids[np.unique(now[now[now] != now])], "has no row that is current")
    total = np.bincount(now, there, minlength=len(ids))
    is_current = stories == current
    wrong = rows[:, 5] != np.where(is_current, total[stories], 0)
    what = "does not count the articles that are in it; `warta stories rebuild` counts them again"
    yield from _named("stories", ids[stories[wrong]], what)
    needed = np.bincount(of_articles, articles[:, 2], minlength=len(ids)) > 0
    needed &= there > 1
    needed[stories] = False
    yield from _named("stories", ids[needed], "has no row, and several articles")


def _latest(rows: Words) -> Words:
    """Return of each story the row with the highest version."""
    rows = rows[np.lexsort((rows[:, 4], rows[:, 1], rows[:, 0]))]
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = np.any(rows[1:, :2] != rows[:-1, :2], axis=1)
    return rows[last]


def _check_index(lake: Lake) -> Iterator[Fault]:
    missing = missing_ids(lake)
    if missing:
        yield Fault(
            ARTICLE_INDEX, f"lacks {missing} articles; remove the folder, and it is rebuilt"
        )


def _check_versions(keys: Words) -> Iterator[Fault]:
    """Versions of an article are 1, 2, 3 ...: the highest is their number."""
    ids, first, count = np.unique(keys[:, :2], axis=0, return_index=True, return_counts=True)
    highest = np.maximum.reduceat(keys[:, 2], first) if len(first) else first
    yield from _named("articles", ids[highest != count], "lacks one of its versions")


def _named(table: str, keys: Words, what: str) -> Iterator[Fault]:
    for key in keys[:_EXAMPLES]:
        version = f" version {key[2]}" if len(key) > 2 else ""
        yield Fault(table, f"{_ONE_OF[table]} {int(key[0]):016x}{int(key[1]):016x}{version} {what}")
    if len(keys) > _EXAMPLES:
        yield Fault(table, f"and {len(keys) - _EXAMPLES} more: {what}")


def _joined(parts: Iterable[Words], width: int) -> Words:
    return np.concatenate([np.empty((0, width), dtype=np.uint64), *parts])


def _bytes(keys: Words) -> npt.NDArray[np.void]:
    """Return rows of words as values that can be looked up."""
    rows = np.ascontiguousarray(keys)
    return rows.view(f"V{rows.shape[1] * 8}").reshape(len(rows))
