"""Feed statistics: what came of each feed, day by day, as the lake's articles say."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.layout import UNKNOWN_DAY
from warta.transforms.lake.reading import scan_table
from warta.transforms.lake.storage import Lake

_COLUMNS = ["feed_url", "ingested_at", "word_count", "date_published"]
_SLACK_DAYS = 7
"""Articles may be published so long before they are taken in, and still be counted."""


@dataclass(frozen=True, slots=True)
class FeedDay:
    """Articles that came from one feed within 24 hours."""

    articles: int
    words: int
    """Of all bodies together."""
    dated: int
    """Articles with a date."""


def read_feed_statistics(lake: Lake, now: datetime, days: int) -> dict[str, dict[int, FeedDay]]:
    """Return what came of each feed, day by day.

    Args:
      lake: Which.
      now: End of the last day.
      days: How many days to look back.

    Returns:
      By feed URL and by day: 0 is the 24 hours before `now`, 1 those before, ... below `days`.

    Raises:
      LakeError: A commit file or a data file is damaged or missing.
    """
    since = now - timedelta(days=days)
    first = f"{since - timedelta(days=_SLACK_DAYS):%Y-%m-%d}"
    statistics: dict[str, dict[int, FeedDay]] = defaultdict(dict)
    live = read_snapshot(lake)
    recent = {day for day in live.partitions("articles") if day == UNKNOWN_DAY or day >= first}
    for batch in scan_table(lake, "articles", _COLUMNS, recent, live):
        _add(statistics, pa.Table.from_batches([batch]), since, now)
    return statistics


def _add(
    statistics: dict[str, dict[int, FeedDay]], rows: pa.Table, since: datetime, now: datetime
) -> None:
    recent = pc.and_(
        pc.is_valid(rows["feed_url"]), pc.greater(rows["ingested_at"], pa.scalar(since))
    )
    rows = rows.filter(recent)
    if not len(rows):
        return
    age_us = pc.subtract(pa.scalar(now, rows["ingested_at"].type), rows["ingested_at"])
    day = pc.divide(age_us.cast(pa.int64()), 86_400_000_000)
    table = pa.table(
        {
            "feed": rows["feed_url"],
            "day": pc.max_element_wise(day, 0),
            "words": rows["word_count"],
            "dated": rows["date_published"],
        }
    )
    sums = table.group_by(["feed", "day"]).aggregate(
        [("words", "sum"), ("words", "count"), ("dated", "count")]
    )
    for row in sums.to_pylist():
        before = statistics[row["feed"]].get(row["day"], FeedDay(0, 0, 0))
        statistics[row["feed"]][row["day"]] = FeedDay(
            before.articles + row["words_count"],
            before.words + row["words_sum"],
            before.dated + row["dated_count"],
        )


def totals(days: Mapping[int, FeedDay], first: int, last: int) -> FeedDay:
    """Return the sum over the days from `first` to below `last`.

    Example:
      >>> totals({0: FeedDay(2, 300, 1), 1: FeedDay(1, 90, 1), 5: FeedDay(7, 700, 7)}, 0, 3)
      FeedDay(articles=3, words=390, dated=2)
    """
    chosen = [one for day, one in days.items() if first <= day < last]
    return FeedDay(
        sum(one.articles for one in chosen),
        sum(one.words for one in chosen),
        sum(one.dated for one in chosen),
    )
