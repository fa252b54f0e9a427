"""What becomes of each row of a run: new, a new version, known already, or a copy of another.

- The same article (id) with the same content is dropped and counted.
- The same article with another content is a new version.
- Another article with the same content is an exact copy, one whose words are nearly the same a
  near copy, one that holds most of the other's words a contained one: published, and marked.

The original is the earliest by date, then by id; an article that is in the lake already is an
original for all that come later. A copy points at an original, never at another copy. So the
answer depends on the articles alone, not on the order in which they were read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from warta.transforms.dedup.candidates import Rows
from warta.transforms.dedup.signatures import Hashes, overlap

MIN_SHINGLES = 20
"""Shorter texts are compared by their content only: a dozen words are soon alike."""


@dataclass(frozen=True, slots=True)
class Copy:
    """An article's original, how it was found, and how alike they are (0..1)."""

    of: str
    kind: str
    """exact, near (Jaccard of shingles) or contained (share of the shorter one's shingles)."""
    similarity: float


@dataclass(slots=True)
class DedupResult:
    """What becomes of the rows of a run, by row number; what is not named is new."""

    dropped: set[int] = field(default_factory=set)
    versions: dict[int, int] = field(default_factory=dict)
    """Only those above 1."""
    copies: dict[int, Copy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """A published row that a run must be compared with."""

    article_id: str
    version: int
    content_sha256: str
    date_published: datetime | None
    copy: Copy | None
    meets: frozenset[int]
    """The run's rows that may be near it."""
    location: tuple[str, int, int]
    """File, row group, row: where its body can be read."""
    far: bool = False
    """Outside the horizon: an earlier version, but never the original of a copy."""

    def met_by(self, rows: Iterable[int]) -> "Known":
        """Return the same row, met by these rows only."""
        return replace(self, meets=frozenset(rows))


Compare = Callable[[int, int | Known], tuple[float, float]]
"""Measures a row of the run against another or a known row: Jaccard, containment (0 to 1)."""


def known_rows(history: pa.Table, path: str, *, far: bool) -> list[Known]:
    """Return published rows as records.

    Args:
      history: Rows of one file, from `candidates.match_history` or `match_versions`.
      path: The file.
      far: Whether it is outside the horizon.
    """
    return [
        Known(
            row["article_id"],
            row["version"],
            row["content_sha256"],
            row["date_published"],
            _copy(row),
            frozenset(row["meets"]),
            (path, row["group"], row["row"]),
            far,
        )
        for row in history.to_pylist()
    ]


def rank_rows(keys: pa.Table) -> Rows:
    """Return the position of each row in the order of originals, earliest first."""
    ids = keys["article_id"].to_pylist()
    dates = keys["date_published"].to_pylist()
    contents = keys["content_sha256"].to_pylist()
    order = sorted(range(len(ids)), key=lambda row: (_when(dates[row]), ids[row], contents[row]))
    rank = np.empty(len(ids), dtype=np.int64)
    rank[order] = np.arange(len(ids))
    return rank


def same_articles(keys: pa.Table, known: Iterable[Known]) -> DedupResult:
    """Return what is dropped, known by id and content, and the versions of the rest."""
    result = DedupResult()
    latest: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for published in known:
        article_id = published.article_id
        latest[article_id] = max(published.version, latest.get(article_id, 0))
        seen.add((article_id, published.content_sha256))
    names = ("article_id", "date_modified", "word_count", "content_sha256")
    columns = [keys[name].to_pylist() for name in (*names, "source_uri", "source_record_id")]
    rows = list(zip(*columns, strict=True))

    def order(row: int) -> tuple[object, ...]:
        article_id, modified, *rest = rows[row]
        return article_id, modified.timestamp() if modified else 0.0, *rest

    for row in sorted(range(len(rows)), key=order):
        article_id, content = rows[row][0], rows[row][3]
        if (article_id, content) in seen:
            result.dropped.add(row)
            continue
        seen.add((article_id, content))
        latest[article_id] = latest.get(article_id, 0) + 1
        if latest[article_id] > 1:
            result.versions[row] = latest[article_id]
    return result


def mark_copies(
    keys: pa.Table,
    rank: Rows,
    pairs: Rows,
    known: Sequence[Known],
    result: DedupResult,
    compare: Compare,
    threshold: float,
) -> None:
    """Find the original of every row that is a copy, and add it to `result.copies`.

    Args:
      keys: Keys of the run's rows.
      rank: Their order, from `rank_rows`.
      pairs: Rows that may be near, from `candidates.pairs_within`.
      known: Published rows that may be near or the same.
      result: From `same_articles`; dropped rows are passed over.
      compare: Measures a pair; called for as few as possible.
      threshold: From which Jaccard or containment counts as a copy.
    """
    ids = keys["article_id"].to_pylist()
    contents = keys["content_sha256"].to_pylist()
    dates = keys["date_published"].to_pylist()
    originals: dict[str, tuple[str, Copy | None]] = {}
    near: dict[int, list[Known | int]] = {}
    near_by = (row for row in known if not row.far)
    for published in sorted(near_by, key=lambda row: (_when(row.date_published), row.article_id)):
        originals.setdefault(published.content_sha256, (published.article_id, published.copy))
        if published.copy is None:
            for row in published.meets:
                near.setdefault(row, []).append(published)
    for first, second in pairs.tolist():
        near.setdefault(second, []).append(first)

    def place(other: Known | int) -> tuple[float, str]:
        if isinstance(other, Known):
            return _when(other.date_published), other.article_id
        return _when(dates[other]), ids[other]

    for row in np.argsort(rank).tolist():
        if row in result.dropped:
            continue
        copy = _exact(ids[row], originals.get(contents[row]))
        if copy is None:
            others = [
                other
                for other in near.get(row, ())
                if isinstance(other, Known)
                or (other not in result.dropped and other not in result.copies)
            ]
            others = [other for other in others if place(other)[1] != ids[row]]
            copy = _first_copy(row, sorted(others, key=place), compare, place, threshold)
        originals.setdefault(contents[row], (ids[row], copy))
        if copy is not None:
            result.copies[row] = copy


def _exact(article_id: str, original: tuple[str, Copy | None] | None) -> Copy | None:
    """Return a copy of the original of the article that has the same words."""
    if original is None:
        return None
    of, copy = original
    found = copy if copy is not None else Copy(of, "exact", 1.0)
    return found if found.of != article_id else None


def _first_copy(
    row: int,
    others: Sequence[Known | int],
    compare: Compare,
    place: Callable[[Known | int], tuple[float, str]],
    threshold: float,
) -> Copy | None:
    for other in others:
        jaccard, contained = compare(row, other)
        if jaccard >= threshold:
            return Copy(place(other)[1], "near", jaccard)
        if contained >= threshold:
            return Copy(place(other)[1], "contained", contained)
    return None


def measure(left: Hashes, right: Hashes) -> tuple[float, float]:
    """Return Jaccard and containment of two sets of shingles; 0 where either is too short."""
    if min(len(left), len(right)) < MIN_SHINGLES:
        return 0.0, 0.0
    return overlap(left, right)


def _when(date: datetime | None) -> float:
    """Sort key of a date: unknown comes last."""
    return date.timestamp() if date else float("inf")


def _copy(row: dict[str, object]) -> Copy | None:
    if row["duplicate_of"] is None:
        return None
    return Copy(str(row["duplicate_of"]), str(row["duplicate_kind"]), float(str(row["similarity"])))
