"""The code of another commit beside this one, in turns in one run: `make bench BASE=<commit>`.

BASE is checked out into a temporary git worktree. Both trees read the same inputs, in child
processes that take turns (ABAB...), with this interpreter and its packages. Measured is processor
time, which a busy machine changes least: of the plain loop over articles of 500 words, whose words
are new as in news (see articles.py) or were all seen before; over pages of 50 and of 110 KB; of
`run` with one worker and with two, and of the sink. What loads once is left out of the loops. Look
at the ratios, and at how much they differ from turn to turn.

A tree from before the packages got the name warta is driven by `python -m pipeline`, and by names
of its own in the loop.
"""

import argparse
import importlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_NOW = datetime(2026, 11, 29, tzinfo=UTC)
_FEWEST_TURNS = 2

_NAMES = (
    # This layout, then the ones before: the first that a tree has is taken.
    (
        "warta.transforms.core.records warta.transforms.cleaning.clean "
        "warta.transforms.dedup.signatures warta.transforms.sources.listing "
        "warta.transforms.sources.readers warta.transforms.tagging.tag"
    ),
    (
        "transforms.core.records transforms.cleaning.clean transforms.dedup.signatures "
        "transforms.sources.listing transforms.sources.readers transforms.tagging.tag"
    ),
    (
        "transforms.records transforms.cleaning.article transforms.matching.fingerprint "
        "transforms.reading.listing transforms.reading.opening transforms.tagging.article"
    ),
)
"""Modules of the loop in each layout: records, clean, sign, listing, readers, tagger."""


@dataclass(frozen=True)
class Tree:
    """One checked-out state of the code."""

    name: str
    path: Path

    @property
    def module(self) -> str:
        """The package that `python -m` runs."""
        return "warta" if (self.path / "warta" / "__main__.py").exists() else "pipeline"

    def environment(self) -> dict[str, str]:
        """Return the environment in which this tree's packages come before all others."""
        return os.environ | {"PYTHONPATH": str(self.path), "PYTHONHASHSEED": "0"}


def run_part(part: str, path: Path, articles: int) -> float:
    """Return the processor time in seconds of one part, with the code of this process's tree."""
    if part == "sink":
        return _sink(path, articles)
    records, clean, sign, listing, readers, tagger = _load()
    limits = _bounds(records)
    rejected = _rejected(records)
    tag_all = tagger.ArticleTagger.load().tag_all

    def read(path: Path) -> Iterator[Any]:
        for one in [path] if path.is_file() else sorted(path.glob("*.html")):
            source = records.Source(str(one), kind="jsonl" if path.is_file() else "html")
            for reference in listing.list_source(source, split_bytes=1 << 40, stripes=1):
                yield from readers.read_reference(reference, limits)

    def cleaned(path: Path) -> Iterator[Any]:
        for item in read(path):
            if isinstance(item, records.SourceItem):
                try:
                    yield clean.clean_article(item, limits, _NOW)
                except rejected:
                    continue

    def loop(path: Path) -> None:
        articles, bodies = cleaned(path), []
        # As many at once as the graph tags.
        while group := list(islice(articles, _AT_ONCE)):
            bodies += [one.article_body for one in tag_all(group)]
        sign.sign(bodies)

    # Other articles load models and fill caches; the words of these are new the first time.
    loop(path.with_name(f"before-{path.name}"))
    if part == "warm":
        loop(path)
    started = time.process_time()
    loop(path)
    return time.process_time() - started


def _rejected(records: Any) -> Any:
    """Return what a step raises for a record: older layouts have it beside the records."""
    if hasattr(records, "RejectedRecord"):
        return records.RejectedRecord
    return importlib.import_module("warta.transforms.core.rejections").RejectedRecord


def _bounds(records: Any) -> Any:
    """Return the bounds of input of a tree; earlier commits have them among their Limits."""
    if hasattr(records, "Limits"):
        return records.Limits()
    return importlib.import_module("warta.transforms.core.options").InputLimits()


def _sink(folder: Path, articles: int) -> float:
    """Return what the tree's own benchmark says of its sink."""
    try:
        bench = importlib.import_module("benchmarks.bench")
    except ModuleNotFoundError:
        bench = importlib.import_module("tests.bench")
    return float(bench.measure_sink(folder, articles).total) * articles / 1000


def _load() -> list[Any]:
    """Return the modules of the tree that this process is in, never those that are installed."""
    for names in _NAMES:
        modules = names.split()
        if Path(*modules[0].split(".")).with_suffix(".py").exists():
            return [importlib.import_module(name) for name in modules]
    sys.exit("the loop knows no layout of this tree: add its modules to _NAMES")


def _child(tree: Tree, *arguments: object) -> float:
    """Return the processor time in seconds of a command of a tree, with all that it started."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-P", *map(str, arguments)],
        env=tree.environment(), cwd=tree.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    after = os.times()
    if done.returncode:
        sys.exit(f"{tree.name}: {' '.join(map(str, arguments))}\n{done.stderr[-2000:]}")
    if "--part" in arguments:
        return float(done.stdout.split()[-1])
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system


PARTS = (
    *("text, new words", "text, seen before", "pages, 50 KB", "pages, 110 KB"),
    *("sink", "run, workers: 1", "run, workers: 2"),
)
_AT_ONCE = 8


def _measure(tree: Tree, part: str, folder: Path, articles: int) -> float:
    """Return the seconds that a part takes a tree, once."""
    text, lake = folder / "text.jsonl", folder / "lake"
    if part.startswith("run"):
        shutil.rmtree(lake, ignore_errors=True)
        words = ("run", text, "--lake", lake, "--quiet", "--workers", part[-1])
        return _child(tree, "-m", tree.module, *words)
    name, inputs = {
        "text, new words": ("new", text),
        "text, seen before": ("warm", text),
        "pages, 50 KB": ("new", folder / "pages-50"),
        "pages, 110 KB": ("new", folder / "pages-110"),
        "sink": ("sink", folder),
    }[part]
    return _child(tree, Path(__file__).resolve(), "--articles", articles, "--part", name, inputs)


def compare(
    trees: tuple[Tree, Tree], folder: Path, articles: int, turns: int, minutes: float
) -> None:
    """Measure two trees in turns, and print what each took and the second's ratio to the first.

    Each pair is printed as soon as it is known. A turn that would end too late does not begin; of
    two at least, each tree begins one.
    """
    _write_inputs(folder, articles)
    taken: dict[str, list[tuple[float, float]]] = {part: [] for part in PARTS}
    heads = f"{trees[0].name[:10]:>11}{trees[1].name[:10]:>11}{'ratio':>8}"
    print(f"{interpreter()}\n{articles} articles, processor time in seconds")
    print(f"{'turn':6}{'':18}{heads}")
    began = time.monotonic()
    for turn in range(turns):
        spent = time.monotonic() - began
        if turn >= _FEWEST_TURNS and spent * (turn + 1) / turn > minutes * 60:
            print(f"{turn} turns of {turns} in {spent / 60:.0f} minutes: more with --minutes")
            break
        # Who begins alternates: the second finds files and processor warm.
        order = trees if turn % 2 == 0 else trees[::-1]
        for part, pairs in taken.items():
            seconds = {tree.name: _measure(tree, part, folder, articles) for tree in order}
            first, second = (seconds[tree.name] for tree in trees)
            pairs.append((first, second))
            print(f"{turn + 1:<6}{part:18}{first:>11.2f}{second:>11.2f}{second / first:>8.3f}")
    print(f"{'medians':24}{heads}  from turn to turn")
    for part, pairs in taken.items():
        ratios = [second / first for first, second in pairs]
        first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{'':6}{part:18}{first:>11.2f}{second:>11.2f}{statistics.median(ratios):>8.3f}"
            f"  {min(ratios):.3f} to {max(ratios):.3f}"
        )


def _write_inputs(folder: Path, articles: int) -> None:
    # Here because its imports are those of this tree alone.
    from benchmarks.articles import write_articles, write_pages

    write_articles(folder / "text.jsonl", articles=articles)
    write_articles(folder / "before-text.jsonl", articles=articles // 2, seed=2)
    for kilobytes in (50, 110):
        pages = max(1, articles // 4)
        write_pages(folder / f"pages-{kilobytes}", pages=pages, kilobytes=kilobytes)
        before = folder / f"before-pages-{kilobytes}"
        write_pages(before, pages=max(1, articles // 8), kilobytes=kilobytes, seed=2)


def interpreter() -> str:
    """Return which Python measures, and whether it was built with profiles (1.26 times as fast)."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    build = "with" if "--enable-optimizations" in arguments else "without"
    return f"{platform.python_implementation()} {platform.python_version()}, built {build} PGO"


def main() -> None:
    """Check the other commit out, measure both trees and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", nargs="?", help="a commit")
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--turns", type=int, default=6, help="at most")
    parser.add_argument("--minutes", type=float, default=9.0, help="for turns after the second")
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(run_part(options.part[0], Path(options.part[1]), options.articles))
        return
    if not options.base:
        parser.error("which commit? make bench BASE=<commit>")
    # Each figure as soon as it is known, also into a file.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="warta-compare-") as scratch:
        tree = Path(scratch) / "base"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), options.base], check=True)
        try:
            trees = (Tree(options.base, tree), Tree("this", ROOT))
            compare(trees, Path(scratch), options.articles, options.turns, options.minutes)
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


if __name__ == "__main__":
    main()
