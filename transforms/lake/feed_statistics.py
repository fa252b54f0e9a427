"""What the lake took in from each feed, day by day: from the articles themselves."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.lake.layout import UNKNOWN_DAY, Lake

_COLUMNS = ["feed_url", "ingested_at", "word_count", "date_published"]
_SLACK_DAYS = 7
"""Articles may be published so long before they are taken in, and still be counted."""


@dataclass(frozen=True, slots=True)
class DayIntake:
    """Articles that came from one feed within 24 hours."""

    articles: int
    words: int
    """Of all bodies together."""
    dated: int
    """Articles with a date."""


def read_intake(lake: Lake, now: datetime, days: int) -> dict[str, dict[int, DayIntake]]:
    """By feed and by day: 0 for the 24 hours before `now`, 1 for those before ..., below `days`."""
    since = now - timedelta(days=days)
    first = f"{since - timedelta(days=_SLACK_DAYS):%Y-%m-%d}"
    intake: dict[str, dict[int, DayIntake]] = defaultdict(dict)
    for partition in lake.partitions("articles"):
        if partition != UNKNOWN_DAY and partition < first:
            continue
        for path in lake.table_files("articles", partition):
            try:
                rows = pq.read_table(
                    lake.path(path), filesystem=lake.filesystem, columns=_COLUMNS, partitioning=None
                )
            except FileNotFoundError:
                # Merged since it was listed.
                continue
            _add(intake, rows, since, now)
    return intake


def _add(
    intake: dict[str, dict[int, DayIntake]], rows: pa.Table, since: datetime, now: datetime
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
        before = intake[row["feed"]].get(row["day"], DayIntake(0, 0, 0))
        intake[row["feed"]][row["day"]] = DayIntake(
            before.articles + row["words_count"],
            before.words + row["words_sum"],
            before.dated + row["dated_count"],
        )


def totals(days: Mapping[int, DayIntake], first: int, last: int) -> DayIntake:
    """The sum over the days from `first` to below `last`."""
    chosen = [intake for day, intake in days.items() if first <= day < last]
    return DayIntake(
        sum(one.articles for one in chosen),
        sum(one.words for one in chosen),
        sum(one.dated for one in chosen),
    )
