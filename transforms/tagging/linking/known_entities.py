"""Names with Wikidata ids: looked up once a name is found, so that they cost nothing before."""

import functools
import struct
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import xxhash

from warta.transforms.core.table_cache import load_or_make
from warta.transforms.tagging.linking.normal_form import fold_name
from warta.transforms.tagging.ner.gazetteer import TABLES, TAGGING

WIKIDATA = TABLES / "wikidata"
MOST_SEEN = 20_000
"""Names of which what they led to is kept."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SIZES = struct.Struct("=5Q")
"""Bytes of each part of what is packed."""


class KnownEntity(NamedTuple):
    """A row of the tables of ids."""

    name: str
    type: str
    wikidata_id: str
    aliases: tuple[str, ...]
    source: str
    country: str = ""
    """Wikidata id of the country that it is in or belongs to."""
    field: str = ""
    """What a text must speak of where it names it; see `ArticleContext`. Empty: anything."""

    def name_keys(self) -> set[str]:
        """Return what the names of the entity are looked up by."""
        return {name_key(name, self.type) for name in (self.name, *self.aliases)}

    def line(self) -> str:
        """Return the row as a line of a table."""
        return "\t".join((*self[:3], "|".join(self.aliases), *self[4:]))


class KnownEntities:
    """All entities with ids, by the names that they have.

    Names are looked up by hashes in sorted arrays, in one piece of memory that is kept on disk:
    nothing is built for a row before it is named.

    Args:
      packed: what `pack` made of the rows.
    """

    def __init__(self, packed: bytes) -> None:
        self._seen: dict[tuple[str, str], tuple[KnownEntity, ...]] = {}
        """What names that were looked up have led to: news repeats them."""
        memory, sizes = memoryview(packed), _SIZES.unpack_from(packed)
        ends = list(accumulate(sizes, initial=_SIZES.size))
        parts = [memory[start:end] for start, end in pairwise(ends)]
        self._hashes, self._stems = parts[0].cast("Q"), parts[1].cast("Q")
        """Of names, and of names without their last letter; sorted."""
        self._lines = parts[2].cast("I")
        """Which line has the name of each hash."""
        self._starts = parts[3].cast("I")
        self._text = parts[4]

    @classmethod
    def load(cls, folder: Path = WIKIDATA) -> "KnownEntities":
        """Return the entities of the tables that warta ships."""
        files = sorted(folder.glob("*.tsv"))
        return cls(load_or_make("known_entities", files, TAGGING, lambda: pack(_lines_of(files))))

    def named(self, name: str, kind: str) -> tuple[KnownEntity, ...]:
        """Return the entities of a type that have a name."""
        key = name, kind
        if key not in self._seen:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen[key] = tuple(self._bearers(name_key(name, kind)))
        return self._seen[key]

    def cut_off(self, name: str, kind: str) -> tuple[KnownEntity, ...]:
        """Return the entities whose name lacks but its last letter, as scrapers leave it.

        Example:
          >>> [entity.name for entity in known_entities().cut_off("Kabupaten Merangi", "place")]
          ['Kabupaten Merangin']
        """
        if not _has(self._stems, _hash(name_key(name + LETTERS[0], kind)[:-1])):
            # Most names are the start of none.
            return ()
        return tuple(one for letter in LETTERS for one in self.named(name + letter, kind))

    def _bearers(self, key: str) -> Iterator[KnownEntity]:
        hashed = _hash(key)
        at = bisect_left(self._hashes, hashed)
        while at < len(self._hashes) and self._hashes[at] == hashed:
            entity = self._entity(self._lines[at])
            if key in entity.name_keys():
                yield entity
            at += 1

    def _entity(self, number: int) -> KnownEntity:
        return _entity(str(self._text[self._starts[number] : self._starts[number + 1]], "utf-8"))


def pack(lines: Iterable[str]) -> bytes:
    """Return rows in the form that they are looked up in.

    Args:
      lines: of tables, without their headers.
    """
    rows = list(lines)
    keys = [(key, number) for number, row in enumerate(rows) for key in _entity(row).name_keys()]
    named = sorted((_hash(key), number) for key, number in keys)
    stems = {_hash(key[:-1]) for key, _ in keys}
    texts = [row.encode() for row in rows]
    starts = accumulate(map(len, texts), initial=0)
    parts = (
        array("Q", (hashed for hashed, _ in named)),
        array("Q", sorted(stems)),
        array("I", (number for _, number in named)),
        array("I", starts),
        array("B", b"".join(texts)),
    )
    packed = [part.tobytes() for part in parts]
    return _SIZES.pack(*map(len, packed)) + b"".join(packed)


def _lines_of(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        yield from file.read_text(encoding="utf-8").splitlines()[1:]


def _entity(line: str) -> KnownEntity:
    name, kind, qid, aliases, *rest = line.split("\t")
    return KnownEntity(name, kind, qid, tuple(filter(None, aliases.split("|"))), *rest)


def _hash(key: str) -> int:
    return xxhash.xxh3_64_intdigest(key.encode("utf-8", "surrogatepass"))


def _has(hashes: Sequence[int], hashed: int) -> bool:
    at = bisect_left(hashes, hashed)
    return at < len(hashes) and hashes[at] == hashed


def name_key(name: str, kind: str) -> str:
    """Return what a name of a type is looked up by: case, marks and accents aside."""
    if not name.isascii():
        # Clubs and persons are written with their accents and without.
        apart = unicodedata.normalize("NFKD", name)
        name = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return f"{kind}:{fold_name(name)}"


@functools.cache
def known_entities() -> KnownEntities:
    """Return the entities of the tables that warta ships, read once in a process."""
    return KnownEntities.load()
