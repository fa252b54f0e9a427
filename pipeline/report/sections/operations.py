"""Sections on what warta did: cleaning, rejects, feeds and commits."""

import shlex
from datetime import datetime

from warta.pipeline.polling.health import feed_health
from warta.pipeline.report import queries
from warta.pipeline.report.database import Database, Result, reader_source
from warta.pipeline.report.figures import Figure, Section, counted
from warta.transforms.core.rejections import REASONS
from warta.transforms.lake.catalog import Snapshot
from warta.transforms.lake.history import number_commits
from warta.transforms.lake.storage import Lake


def cleaning_section(database: Database) -> Section:
    """Return what cleaning removed, by rule, with an example of each."""
    result = database.query(queries.REMOVED)
    if not result.rows:
        return Section("cleaning", "Cleaning", (), "Cleaning removed nothing.")
    characters = sum(row["characters"] for row in result.dicts())
    says = (
        f"{counted(len(result.rows), 'rule')} took out {characters:,} characters. The example is "
        "the piece "
        "whose length is nearest to 60. All that was removed is kept beside its article."
    )
    figure = Figure(
        "removed", "Removed by rule", says, result, queries.REMOVED, bar="times", below=("example",)
    )
    return Section("cleaning", "Cleaning", (figure,))


def rejects_section(database: Database, uri: str, *, there: bool) -> Section:
    """Return rejects by reason, each with an example and what replays it."""
    result = database.query(queries.REJECTS) if there else Result((), [])
    if not result.rows:
        return Section("rejects", "Rejects", (), "Nothing was rejected.")
    rows = result.dicts()
    total = sum(row["rejects"] for row in rows)
    replayed = sum(row["replayed"] for row in rows)
    says = (
        f"{counted(total, 'record')} could not go on; {replayed:,} passed a later replay. The "
        "most are "
        f"{rows[0]['reason']}: "
        f"{REASONS.get(rows[0]['reason'], 'a reason of a reader of your own')}."
    )
    commands = {
        row["reason"]: f"warta replay {shlex.quote(uri)} --reason {shlex.quote(row['reason'])}"
        for row in rows
    }
    figures = [
        Figure(
            "rejects",
            "Rejects by reason",
            says,
            result,
            queries.REJECTS,
            bar="rejects",
            commands=commands,
            command_does="read again",
        )
    ]
    examples = database.query(queries.REJECT_EXAMPLES)
    if examples.rows:
        says = (
            f"The newest of each reason, {counted(queries.EXAMPLES, 'error')} that differ at most: "
            "what the error was, where the record came from, and how its bytes begin."
        )
        below = ("error", "source", "record", "excerpt")
        sql = queries.REJECT_EXAMPLES
        figures.append(Figure("examples", "Examples", says, examples, sql, below=below))
    return Section("rejects", "Rejects", figures)


def feeds_section(database: Database, lake: Lake, uri: str, now: datetime) -> Section | None:
    """Return how the feeds fare that are followed; None: none is."""
    source = database.source("feeds")
    if source is None:
        return None
    sql = queries.feed_counts(reader_source(uri, "feeds"))
    result = database.query(queries.feed_counts(source))
    health = feed_health(lake, now)
    remarks = [(one.name, remark) for one in health for remark in one.remarks]
    says = (
        f"{counted(len(health), 'feed')} followed; {counted(len(remarks), 'remark')}. Figures "
        "are those of "
        f"the last poll cycle. `warta feeds status {shlex.quote(uri)}` says more."
    )
    figures = [Figure("feeds", "Feeds", says, result, sql)]
    if remarks:
        found = Result(("feed", "remark"), remarks)
        figures.append(
            Figure(
                "remarks", "What has changed for the worse", "Against their own past.", found, ""
            )
        )
    return Section("feeds", "Feeds", figures)


def commits_section(snapshot: Snapshot, uri: str) -> Section:
    """Return the last commits."""
    history = number_commits(snapshot.commits)
    columns = ("commit", "committed_at", "read", "published", "duplicates", "rejected")
    rows = [
        (
            one.sequence,
            one.commit.committed_at[:19].replace("T", " "),
            *(one.commit.counts[name] for name in columns[2:]),
        )
        for one in reversed(history[-queries.COMMITS :])
    ]
    says = (
        f"The last {counted(len(rows), 'commit')} of {history[-1].sequence:,}, newest first, in "
        "UTC. In each, "
        "read = published + duplicates + rejected."
    )
    figure = Figure(
        "commits", "Last commits", says, Result(columns, rows), queries.commit_counts(uri)
    )
    return Section("commits", "Commits", (figure,))
