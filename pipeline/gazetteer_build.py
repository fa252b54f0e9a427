"""Make a table of known names for `--gazetteer` out of a Wikidata JSON dump."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from warta.pipeline.output_file import write_file
from warta.transforms.core.errors import DumpError, RunError
from warta.transforms.core.options import InputLimits
from warta.transforms.sources.compression.codec_names import codec_of
from warta.transforms.sources.compression.unpack import unpack
from warta.transforms.sources.lines import split_lines
from warta.transforms.sources.streams import open_binary, read_chunks
from warta.transforms.tagging.entity_types import ENTITY_TYPES
from warta.transforms.tagging.ner.gazetteer import Row
from warta.transforms.tagging.ner.wikidata import CLASSES, Item, read_item
from warta.transforms.tagging.ner.word_tables import TABLE_NAMES, load_rules

HEADER = "name\ttype\twikidata_id\taliases\tsource"
LINE_BYTES = 64 << 20
"""Longest line read: the largest items of Wikidata have a few megabytes."""
LINES_A_REPORT = 100_000
"""Lines between two signs of life: a whole dump has over a hundred million."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken from a dump."""

    languages: tuple[str, ...] = ("id", "en")
    classes: Mapping[str, str] = field(default_factory=lambda: CLASSES)
    min_sitelinks: int = 5
    limit: int = 200_000


@dataclass(frozen=True, slots=True)
class Built:
    """What became of the lines of a dump."""

    lines: int
    items: int
    rows: int
    no_items: int
    """Lines that could not be read."""


def build(dump: str, output: str, wanted: Wanted, report: Callable[[int], None]) -> Built:
    """Read a dump once, in bounded memory, and writes the best known of the wanted items.

    Args:
      dump: Path or URI; .gz, .bz2, .zst or plain.
      output: The table to write; it appears only once the whole dump was read.
      wanted: Languages, classes and how many.
      report: Called with the number of lines read, now and then.

    Raises:
      RunError: The dump is cut off or damaged.
      OSError: A file cannot be opened or written.
    """
    reader = _Reader(wanted, report)
    with closing(open_binary(dump)) as file:
        head = file.read(6)
        file.seek(0)
        chunks = unpack(read_chunks(file), codec_of(dump, head))
        kept = _best_known(reader.items(dump, chunks), wanted.limit)
    write_file(output, "\n".join([HEADER, *map(_line, kept), ""]))
    return Built(reader.lines, reader.found, len(kept), reader.no_items)


class _Reader:
    """Counts while it reads."""

    def __init__(self, wanted: Wanted, report: Callable[[int], None]) -> None:
        self._wanted, self._report = wanted, report
        self._everyday = [load_rules(language) for language in TABLE_NAMES]
        self.lines = self.found = self.no_items = 0

    def items(self, dump: str, chunks: Iterator[bytes]) -> Iterator[Item]:
        """Yield the wanted items of a dump's chunks."""
        wanted = self._wanted
        for line in split_lines(chunks, 0, InputLimits(max_record_bytes=LINE_BYTES)):
            self.lines += 1
            if self.lines % LINES_A_REPORT == 0:
                self._report(self.lines)
            if line.failure:
                raise RunError(f"{dump}: {line.failure} (line {self.lines})")
            try:
                item = read_item(line.data, wanted.classes, wanted.languages, self._everyday)
            except DumpError:
                self.no_items += 1
                continue
            if item and item.sitelinks >= wanted.min_sitelinks:
                self.found += 1
                yield item


def _best_known(items: Iterable[Item], limit: int) -> list[Row]:
    """Return the items with most sitelinks, most first: a shared name means the better known."""
    heap: list[tuple[int, int, Row]] = []
    for number, item in enumerate(items):
        entry = (item.sitelinks, -number, item.row)
        if len(heap) < limit:
            heapq.heappush(heap, entry)
        elif entry[:2] > heap[0][:2]:
            heapq.heapreplace(heap, entry)
    return [row for *_, row in sorted(heap, key=lambda entry: entry[:2], reverse=True)]


def _line(row: Row) -> str:
    return "\t".join((row.name, row.type, row.wikidata_id or "", "|".join(row.aliases), row.source))


def parse_classes(given: tuple[str, ...]) -> Mapping[str, str]:
    """Return the type of each class of words such as Q5=person; of no words: `CLASSES`.

    Raises:
      ValueError: A word that is not such a pair.
    """
    found: dict[str, str] = {}
    for word in given:
        qid, _, kind = word.partition("=")
        if not (qid[:1] == "Q" and qid[1:].isdecimal() and kind in ENTITY_TYPES):
            raise ValueError(f"{word!r} is not like Q5=person ({', '.join(ENTITY_TYPES)})")
        found[qid] = kind
    return found or CLASSES
