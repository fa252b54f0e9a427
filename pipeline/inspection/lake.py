"""`warta inspect`: what a lake holds, counted by a handful of columns.

Of bodies a sample is read, for what scrapers damage: see damage.py.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from warta.pipeline.console.messages import in_bytes
from warta.pipeline.inspection.damage import PublisherDamage, inspect_damage
from warta.transforms.core.redaction import printable
from warta.transforms.core.rejections import PASSED_OVER, REASONS
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import Snapshot, read_snapshot
from warta.transforms.lake.commit_paths import list_commits
from warta.transforms.lake.reading import scan_table
from warta.transforms.lake.storage import Lake

if TYPE_CHECKING:
    from rich.table import Table

_LEAST_WIDTH = 80
_TOP = 25
"""Topics, entities and sources that are shown; publishers and languages are shown in full."""
_COMMITS = 10
_ARTICLE_COLUMNS = (
    "published_date",
    "in_language",
    "publisher_name",
    "source_uri",
    "feed_url",
    "duplicate_kind",
    "topics",
    "entities",
)
_NOT_SAID = "(none)"
_SEPARATOR = "\x1f"  # parts names that may hold anything that is printed


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table of the lake."""

    rows: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TopEntity:
    """An entity and in how many articles, and how often, it is named."""

    entity_id: str
    wikidata_id: str | None
    name: str
    type: str
    articles: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a lake holds. Articles are counted by their values; commits are newest first."""

    lake: str
    tables: dict[str, TableSize]
    days: dict[str, int]
    languages: dict[str, int]
    publishers: dict[str, int]
    sources: dict[str, int]
    """By the feed or the file that an article was read from."""
    duplicates: dict[str, int]
    topics: dict[str, int]
    entities: tuple[TopEntity, ...]
    rejects: dict[str, int]
    passed_over: dict[str, int]
    """What was not a record, by reason, in `commits`."""
    commits: tuple[dict[str, Any], ...]
    commits_in_all: int
    damage: tuple[PublisherDamage, ...] = ()
    """Of a sample: publishers whose articles have glued words or lost letters."""


def inspect_lake(uri: str) -> Inspection:
    """Return what a lake holds.

    Reads a handful of narrow columns batch by batch, and the bodies of a bounded sample. Of the
    commit files only the newest, by the time of the file, are opened: a lake filled every few
    minutes has tens of thousands.

    Raises:
      LakeError: It is not a lake, or one of its files is damaged.
      StorageError: The URI cannot be used.
    """
    lake = Lake(uri)
    lake.check()
    articles = _Articles()
    rejects: Counter[str] = Counter()
    live = read_snapshot(lake)
    for batch in scan_table(lake, "articles", _ARTICLE_COLUMNS, snapshot=live):
        articles.add(batch)
    for batch in scan_table(lake, "rejects", ("reason",), snapshot=live):
        rejects.update(_counts(batch.column("reason")))
    tables = {table: _table_size(live, table) for table in TABLES}
    commits, commits_in_all = _newest_commits(lake)
    return Inspection(
        lake=uri,
        tables=tables,
        days=dict(sorted(articles.days.items())),
        languages=_ranked(articles.languages),
        publishers=_ranked(articles.publishers),
        sources=_ranked(articles.sources, _TOP),
        duplicates=_ranked(articles.duplicates),
        topics=_ranked(articles.topics, _TOP),
        entities=articles.top_entities(),
        rejects=_ranked(rejects),
        passed_over=_ranked(_passed_over(commits)),
        commits=commits,
        commits_in_all=commits_in_all,
        damage=inspect_damage(lake, live),
    )


class _Articles:
    """Counts over the batches of the table articles."""

    def __init__(self) -> None:
        self.days: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.publishers: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.duplicates: Counter[str] = Counter()
        self.topics: Counter[str] = Counter()
        self._naming: Counter[str] = Counter()
        self._mentions: Counter[str] = Counter()

    def add(self, batch: pa.RecordBatch) -> None:
        """Count one batch of `_ARTICLE_COLUMNS`."""
        self.days.update(_counts(batch.column("published_date")))
        self.languages.update(_counts(batch.column("in_language")))
        self.publishers.update(_counts(batch.column("publisher_name")))
        self.sources.update(
            _counts(pc.coalesce(batch.column("feed_url"), batch.column("source_uri")))
        )
        self.duplicates.update(_counts(batch.column("duplicate_kind").drop_null()))
        self.topics.update(_counts(pc.list_flatten(batch.column("topics")).field("name")))
        self._add_entities(pc.list_flatten(batch.column("entities")))

    def _add_entities(self, entities: pa.StructArray) -> None:
        parts = [entities.field(n) for n in ("entity_id", "wikidata_id", "name", "type")]
        keys = pc.binary_join_element_wise(
            *parts, _SEPARATOR, null_handling="replace", null_replacement=""
        )
        table = pa.table({"key": keys, "mentions": entities.field("mentions")})
        sums = table.group_by("key").aggregate([("mentions", "sum"), ("mentions", "count")])
        names = sums.column("key").to_pylist()
        self._naming.update(
            dict(zip(names, sums.column("mentions_count").to_pylist(), strict=True))
        )
        self._mentions.update(
            dict(zip(names, sums.column("mentions_sum").to_pylist(), strict=True))
        )

    def top_entities(self) -> tuple[TopEntity, ...]:
        """Return the entities that most articles name."""
        return tuple(
            TopEntity(entity_id, wikidata_id or None, name, kind, articles, self._mentions[key])
            for key, articles in _ranked(self._naming, _TOP).items()
            for entity_id, wikidata_id, name, kind in [key.split(_SEPARATOR)]
        )


def _table_size(live: Snapshot, table: str) -> TableSize:
    """Return rows and bytes as the commits list them."""
    files = live.files(table)
    return TableSize(sum(one.rows for one in files), len(files), sum(one.bytes for one in files))


def _counts(values: pa.Array) -> dict[str, int]:
    """Return how often each value occurs; null is `_NOT_SAID`."""
    counted = values.value_counts()
    names = (_NOT_SAID if name is None else name for name in counted.field("values").to_pylist())
    return dict(zip(names, counted.field("counts").to_pylist(), strict=True))


def _ranked(counter: Counter[str], limit: int | None = None) -> dict[str, int]:
    """Sort the commonest first, equals by name."""
    return dict(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])


def _newest_commits(lake: Lake) -> tuple[tuple[dict[str, Any], ...], int]:
    """Return the newest commits without their file lists, newest first; and how many there are."""
    paths = list_commits(lake)
    infos = lake.filesystem.get_file_info([lake.path(path) for path in paths])
    by_time = sorted(zip(infos, paths, strict=True), key=lambda one: one[0].mtime_ns or 0)
    shown = [_without_files(lake, path) for _, path in by_time[-_COMMITS:]]
    return tuple(sorted(shown, key=_committed_at, reverse=True)), len(paths)


def _without_files(lake: Lake, path: str) -> dict[str, Any]:
    """Return the content of a commit file, with the number of its files in place of their list."""
    document = lake.read_json(path, converters={"files": lambda _: None})
    return {**document, "files": len(document.get("files", ()))}


def _passed_over(commits: Sequence[Mapping[str, Any]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for commit in commits:
        total.update(commit.get("passed_over", {}))
    return total


def _committed_at(commit: Mapping[str, Any]) -> str:
    return str(commit.get("committed_at", ""))


def to_json(found: Inspection) -> str:
    """Return an inspection as one JSON object with the same names."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(asdict(found), option=options).decode()


def render(found: Inspection) -> str:
    """Return an inspection as tables to read, coloured on a terminal."""
    # The JSON form does without.
    from rich.console import Console

    # In a narrower terminal lines wrap; columns that are squeezed to nothing would say less.
    width = max(Console().width, _LEAST_WIDTH)
    console = Console(width=width)
    with console.capture() as capture:
        for title, table in _tables(found):
            console.print(printable(title), style="bold", markup=False, highlight=False)
            console.print(table)
            console.print()
    return capture.get()


_LAST_DAYS = 14


def _tables(found: Inspection) -> Iterator[tuple[str, "Table"]]:
    """Return (title, table) of what is shown, in order; empty parts are left out."""
    sizes = [(name, *_size_cells(size)) for name, size in found.tables.items()]
    yield found.lake, _table(("table", "rows", "files", "size"), sizes)
    days, publishers = list(found.days.items()), list(found.publishers.items())
    parts = {
        _title("Articles by day", "last", _LAST_DAYS, len(days)): days[-_LAST_DAYS:],
        "Articles by language": found.languages.items(),
        _title("Articles by publisher", "first", _TOP, len(publishers)): publishers[:_TOP],
        f"Articles by source, at most {_TOP}": found.sources.items(),
        "Copies kept and marked": found.duplicates.items(),
        "Topics by articles": found.topics.items(),
    }
    for title, counts in parts.items():
        if counts:
            yield title, _table(("", "articles"), [(n, f"{c:,}") for n, c in counts])
    if found.entities:
        heads = ("", "type", "wikidata", "articles", "mentions")
        yield "Entities", _table(heads, [_entity_cells(one) for one in found.entities])
    if found.damage:
        yield (
            "Glued words and lost letters, by publisher, in a sample: look at the scraper",
            _table(("", "articles", "glued", "lost", "example"), map(_damage_cells, found.damage)),
        )
    if found.rejects:
        rows = [(n, f"{c:,}", REASONS.get(n, "")) for n, c in found.rejects.items()]
        yield "Rejects", _table(("", "records", "meaning"), rows)
    if found.passed_over:
        rows = [(n, f"{c:,}", PASSED_OVER.get(n, "")) for n, c in found.passed_over.items()]
        shown = len(found.commits)
        title = "Passed over" + (
            f" in the last {shown} commits" if found.commits_in_all > shown else ""
        )
        yield title, _table(("", "times", "meaning"), rows)
    if found.commits:
        title = _title("Commits", "last", len(found.commits), found.commits_in_all)
        columns = ("", "read", "published", "duplicates", "rejected", "passed over", "seconds")
        yield title, _table(columns, [_commit_cells(one) for one in found.commits])


def _title(title: str, which: str, shown: int, of: int) -> str:
    """Return a title that says what is left out."""
    return f"{title}, the {which} {shown} of {of:,}" if of > shown else title


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        is_number = name in _NUMBERS
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
    for row in rows:
        # Names are others' text: no markup of warta's, and nothing that steers the terminal.
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


_NUMBERS = (
    *("rows", "files", "size", "articles", "mentions", "records"),
    *("read", "published", "duplicates", "rejected", "seconds"),
    *("times", "passed over", "glued", "lost"),
)
"""Columns that are aligned right."""


def _size_cells(size: TableSize) -> tuple[str, str, str]:
    return f"{size.rows:,}", f"{size.files:,}", f"{in_bytes(size.bytes)}"


def _entity_cells(one: TopEntity) -> tuple[str, ...]:
    counts = f"{one.articles:,}", f"{one.mentions:,}"
    return one.name, one.type, one.wikidata_id or "", *counts


def _damage_cells(one: PublisherDamage) -> tuple[str, ...]:
    shares = (f"{number / one.looked_at:.0%}" for number in (one.glued, one.cut))
    examples = filter(None, (one.glued_example, one.cut_example))
    return one.publisher, f"{one.looked_at:,}", *shares, " | ".join(examples)


def _commit_cells(commit: Mapping[str, Any]) -> tuple[str, ...]:
    counts = commit.get("counts", {})
    numbers = [counts.get(name, 0) for name in ("read", "published", "duplicates", "rejected")]
    numbers.append(sum(commit.get("passed_over", {}).values()))
    seconds = f"{commit.get('seconds', 0):.1f}"
    return (
        _committed_at(commit)[:19].replace("T", " "),
        *(f"{number:,}" for number in numbers),
        seconds,
    )
