"""The summary of a run: what came of it, where it is, and a query that shows it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from warta.pipeline.console.messages import counted, per_second
from warta.pipeline.console.published_counts import Figures
from warta.pipeline.console.results import RunReport
from warta.transforms.core.redaction import displayable
from warta.transforms.core.rejections import PASSED_OVER, REASONS
from warta.transforms.lake.layout import UNKNOWN_DAY

_SHOWN = 10
"""Of sources and files that were passed over."""


def summarize(report: RunReport, figures: Figures | None = None) -> str:
    """Return the summary of a finished run, with a DuckDB query for a lake that is new.

    Args:
      report: What came of the run.
      figures: What it has published, where that was counted.
    """
    rate = per_second(report.counts.read, report.seconds)
    lines = [
        f"{counted(asdict(report.counts))}; {report.seconds:.1f} s, {rate}",
        *_reasons([batch.reject_reasons for batch in report.batches], REASONS),
        *_passed_over(report),
        *(_published(figures) if figures else ()),
    ]
    if report.skipped:
        files = "file" if len(report.skipped) == 1 else "files"
        lines.append(f"{len(report.skipped):,} {files} skipped, such as {report.skipped[0]}")
    if report.unreadable:
        lines.append(f"{len(report.unreadable):,} passed over:")
        lines += [f"  {one}" for one in report.unreadable[:_SHOWN]]
        if len(report.unreadable) > _SHOWN:
            lines.append(f"  and {len(report.unreadable) - _SHOWN:,} more")
    if report.limit:
        lines.append(f"stopped at --limit {report.limit:,}: what follows was not opened")
    if known := sum(batch.known for batch in report.batches):
        lines.append(f"{known} of {len(report.batches)} batches were in the lake already")
    # Options after "?" are pyarrow's, and unknown to DuckDB.
    lake = displayable(report.lake.partition("?")[0] if "://" in report.lake else report.lake)
    lake = lake.rstrip("/")
    if report.is_new_lake:
        lines += ["", f"Look at {lake}/articles, or ask DuckDB:", "", _query(lake)]
    return "\n".join(lines)


def _reasons(counts: Sequence[Mapping[str, int]], meanings: Mapping[str, str]) -> Iterator[str]:
    """Return the reasons of all batches, commonest first, with what they mean."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    for reason, number in sorted(total.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"  {number:>6,}  {reason:<16} {meanings.get(reason, '')}"


def _published(figures: Figures) -> Iterator[str]:
    """Yield the articles of each of several sources, and how many have no date."""
    if len(figures.by_source) > 1:
        yield "articles published, by source:"
        shown = list(figures.by_source.items())
        for name, count in shown[:_SHOWN]:
            yield f"  {count:>6,}  {name}"
        rest = shown[_SHOWN:]
        if rest:
            empty = sum(not count for _, count in rest)
            yield f"  and {len(rest):,} more sources, {empty:,} of them without an article"
    if figures.undated:
        yield (
            f"{figures.undated:,} of {figures.published:,} articles have no date: their sources "
            f"state none that can be believed; their published_date is '{UNKNOWN_DAY}'"
        )
    if figures.contradicted:
        yield (
            f"  {figures.contradicted:>6,}  of these state a date whose weekday is that of another "
            "day, which was dropped: see date_published_raw"
        )


def _passed_over(report: RunReport) -> Iterator[str]:
    """Yield what was not a record, by reason."""
    counts = [batch.passed_over for batch in report.batches]
    if total := sum(sum(one.values()) for one in counts):
        yield f"{total:,} passed over, which are not records"
    yield from _reasons(counts, PASSED_OVER)


def _query(lake: str) -> str:
    """Return SQL to paste into DuckDB: the newest articles with their topics and entities."""
    files = f"{lake}/articles/**/*.parquet".replace("'", "''")
    return _QUERY.replace("FILES", f"'{files}'")


_QUERY = """\
  SELECT published_date, publisher_name, headline,
         list_transform(topics, lambda t: t.name) AS topics,
         list_transform(entities, lambda e: e.name) AS entities
  FROM read_parquet(FILES)
  WHERE duplicate_of IS NULL
  ORDER BY date_published DESC NULLS LAST LIMIT 20;"""
