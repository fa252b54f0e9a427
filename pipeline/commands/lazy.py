"""Commands that are imported when they are called for: help and short commands start at once."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any

import click

_COMMANDS = {
    # name: module, object, what it does in a line, as its own help begins.
    "catalog": (
        "catalog",
        "catalog",
        "Keep a lake's tables as Iceberg tables as well: no server, no copy of the data.",
    ),
    "changes": (
        "changes",
        "changes",
        "Print what the commits of a lake have brought since one of them, oldest first.",
    ),
    "check": (
        "check",
        "check",
        "Check a config: every key, every value, and what each source holds now.",
    ),
    "compact": (
        "compact_verify",
        "compact",
        "Merge a lake's small files into large ones, partition by partition.",
    ),
    "completion": (
        "completion",
        "completion",
        "Print a script that lets a shell complete warta's commands and options.",
    ),
    "engines": (
        "engines",
        "engines",
        "List the engines, whether they stream, and what each lacks on this machine.",
    ),
    "feeds": ("feeds", "feeds", "Find, list and look after the feeds that `warta watch` follows."),
    "gazetteer": ("gazetteer", "gazetteer", "Make tables of known names, for --gazetteer."),
    "inspect": (
        "inspect",
        "inspect",
        "Show what a lake holds: tables, days, publishers, topics, entities, rejects, commits.",
    ),
    "load": (
        "load",
        "load",
        "Bring a database up to a lake: what its commits have brought since the last load.",
    ),
    "replay": (
        "run",
        "replay",
        "Read a lake's rejects again, under today's rules and options.",
    ),
    "report": (
        "report",
        "report",
        "Make one HTML file that shows what a lake holds, for a person to look at.",
    ),
    "rules": ("rules", "rules", "Cleaning rules: what a lake's own articles suggest."),
    "run": ("run", "run", "Read news sources into a lake of Parquet."),
    "sql": (
        "sql",
        "sql",
        "Print the SQL that brings a warehouse up to a lake as it is: tables, loads and merges.",
    ),
    "stories": (
        "stories",
        "stories",
        "List the largest stories of a lake, show one as a timeline, or rebuild all of them.",
    ),
    "stream": (
        "stream",
        "stream",
        "Watch folders and feeds, and commit what is new, window by window.",
    ),
    "try": ("inspect", "try_", "Show what the pipeline makes of a file, without a lake."),
    "verify": (
        "compact_verify",
        "verify",
        "Look through a lake: every file, every count, every row's place.",
    ),
    "watch": (
        "watch",
        "watch",
        "Follow feeds, news sitemaps and topics of Kafka, commit what is new, for months.",
    ),
}


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name; looking one up imports it."""

    def __init__(self) -> None:
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._added:
            module, attribute, _ = _COMMANDS[name]
            found = getattr(import_module(f"warta.pipeline.commands.{module}"), attribute)
            self._added[name] = found
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        del self._added[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*_COMMANDS, *self._added)))

    def __len__(self) -> int:
        return len({*_COMMANDS, *self._added})


class LazyGroup(click.Group):
    """The group of all commands, whose own help imports none of them."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.commands = _Commands()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, from the table above."""
        lines = summaries()
        limit = formatter.width - 6 - max(map(len, lines))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=line).get_short_help_str(limit))
                    for name, line in lines.items()
                ]
            )


def summaries() -> Mapping[str, str]:
    """Return what each command does, in a line."""
    return {name: line for name, (_, _, line) in sorted(_COMMANDS.items())}
