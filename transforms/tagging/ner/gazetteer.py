"""Look up where the names of tables are in a text.

A name is looked up only where there is a capitalised word, by whole words: a dictionary of word
sequences does that in less time than an automaton over all characters, needs no build to speak
of, and nothing that it finds can be inside a word.
"""

import bisect
import operator
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import orjson

from warta.transforms.core.errors import GazetteerError
from warta.transforms.core.table_cache import load_or_make
from warta.transforms.tagging.entity_types import ENTITY_TYPES
from warta.transforms.tagging.ner.tokens import Tokens, tokenise

TAGGING = Path(__file__).parent.parent
TABLES = TAGGING.parent / "data" / "gazetteer"
ACRONYM_LETTERS = 5
"""Names in capitals up to this length match in capitals alone: MA is a court, "ma" is not."""
SHORTEST_CUT_OFF = 6
"""Letters of the shortest name that is found without its last letter, right before a full stop."""
MAX_NAME_CHARS = 400
"""Of a name in a user's table; Wikidata's have 250 at most. At each word that opens a name all
lengths of such names are tried."""
MAX_FILE_BYTES = 256 << 20
"""Of a user's table: a million names take a quarter of it."""
_HEAD_BYTES = 65_536
_COLUMNS = ("name", "type", "wikidata_id", "aliases", "source", "country")
_RENAMED = {"id": "wikidata_id", "qid": "wikidata_id", "alias": "aliases"}


@dataclass(frozen=True, slots=True)
class Row:
    """One entity of a table: its main name, its type, its Wikidata id where that is sure."""

    name: str
    type: str
    wikidata_id: str | None
    aliases: tuple[str, ...]
    source: str
    country: str | None = None
    """Wikidata id of the country that it is in or belongs to, where its name alone may mean
    another one's."""
    is_users: bool = False
    """From a table of the user's: its id, or that it has none, is theirs to say."""


class Match:
    """A known name at the words [first, last) of a text."""

    __slots__ = ("first", "last", "row")

    def __init__(self, first: int, last: int, row: Row) -> None:
        self.first = first
        self.last = last
        self.row = row


def read_table(text: str, label: str) -> Iterator[Row]:
    """Yield the rows of a table, with a header or the columns name, type, id, aliases.

    Args:
      text: The table, TSV; aliases are separated by |, lines that start with # are passed over.
      label: What errors call the table.

    Raises:
      GazetteerError: A row without a name, with an unknown type or a malformed Wikidata id.
    """
    columns = list(_COLUMNS)
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#"):
            continue
        if cells[0].lower() == "name":
            columns = [_RENAMED.get(cell.lower(), cell.lower()) for cell in cells]
            continue
        yield _row(dict(zip(columns, cells, strict=False)), f"{label}, line {number}")


def _row(cells: dict[str, str], where: str) -> Row:
    name, kind, qid = cells.get("name", ""), cells.get("type", ""), cells.get("wikidata_id", "")
    if not name:
        raise GazetteerError(f"{where}: no name")
    aliases = tuple(alias.strip() for alias in cells.get("aliases", "").split("|"))
    longest = max(map(len, (name, *aliases)))
    if longest > MAX_NAME_CHARS:
        raise GazetteerError(
            f"{where}: a name of {longest:,} characters; at most {MAX_NAME_CHARS} are looked for"
        )
    if kind not in ENTITY_TYPES:
        raise GazetteerError(
            f"{where}: type {kind!r} is not one of {', '.join(sorted(ENTITY_TYPES))}"
        )
    country = cells.get("country", "")
    for given in (qid, country):
        if given and not (given[0] == "Q" and given[1:].isdecimal()):
            raise GazetteerError(f"{where}: {given!r} is not a Wikidata id")
    # The same few words in all rows.
    kind, source = sys.intern(kind), sys.intern(cells.get("source", ""))
    return Row(name, kind, qid or None, tuple(filter(None, aliases)), source, country or None)


@dataclass(frozen=True, slots=True)
class _Form:
    """One spelling of a row: its words, and how strictly their case must agree."""

    words: tuple[str, ...]
    strict: bool
    row: Row

    def fits(self, words: Sequence[str], *, exact: bool) -> bool:
        if exact or self.strict:
            return tuple(words) == self.words
        return all(
            word[:1].isupper() or not own[:1].isupper()
            for word, own in zip(words, self.words, strict=True)
        )


class _Forms:
    """Spellings by number. Of what was packed, each is made when it is asked for.

    Args:
      packed: Words, strictness and number of the row of each spelling.
      rows: The cells of each row.
    """

    def __init__(self, packed: Sequence[Any] = (), rows: Sequence[Any] = ()) -> None:
        self._packed, self._packed_rows = packed, rows
        self._made: list[_Form | None] = [None] * len(packed)
        self._rows: list[Row | None] = [None] * len(rows)

    def __getitem__(self, number: int) -> _Form:
        form = self._made[number]
        if form is None:
            words, strict, row = self._packed[number]
            form = self._made[number] = _Form(tuple(words), strict, self._row(row))
        return form

    def _row(self, number: int) -> Row:
        row = self._rows[number]
        if row is None:
            name, kind, qid, aliases, *others = self._packed_rows[number]
            row = self._rows[number] = Row(name, kind, qid, tuple(aliases), *others)
        return row

    def add(self, form: _Form) -> int:
        """Return the number of a new spelling."""
        self._made.append(form)
        return len(self._made) - 1

    def pack(self) -> tuple[list[Any], list[Any]]:
        """Return what a new object is made of."""
        forms = [self[number] for number in range(len(self._made))]
        # The same row, and not an equal one: two tables may say the same.
        rows = {id(form.row): form.row for form in forms}
        numbers = {key: number for number, key in enumerate(rows)}
        packed = [(form.words, form.strict, numbers[id(form.row)]) for form in forms]
        cells = [[getattr(row, one.name) for one in fields(Row)] for row in rows.values()]
        return packed, cells


class Gazetteer:
    """Known names, looked up by their words. Rows given first win over later ones."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._forms = _Forms()
        self._by_words: dict[str, list[int]] = {}
        """Words in lower case -> the numbers of the spellings that have them."""
        self._lengths: dict[str, list[int]] = {}
        """First word of a name -> in how many words names with it come, most first."""
        self._cut_off: dict[str, list[int]] = {}
        """Names without their last letter, as scrapers leave them that take a comma for it."""
        for row in rows:
            for name in (row.name, *row.aliases):
                self._add(name, row)

    @classmethod
    def load(cls, files: tuple[str, ...] = ()) -> "Gazetteer":
        """Load users' own tables, which win, then the tables that warta ships.

        Args:
          files: Paths or URIs of TSV files: name, type, id, aliases.

        Raises:
          GazetteerError: A table that cannot be read.
        """
        if files:
            return cls(_all_rows(files))
        return cls.unpack(
            load_or_make("gazetteer", _tables(), TAGGING, lambda: cls(_all_rows(())).pack())
        )

    def pack(self) -> bytes:
        """Return the names in a form that is read in a fraction of the time that they take."""
        maps = (self._by_words, self._cut_off, self._lengths)
        return orjson.dumps((self._forms.pack(), maps))

    @classmethod
    def unpack(cls, packed: bytes) -> "Gazetteer":
        """Return the gazetteer of `pack`.

        Example:
          >>> gazetteer = Gazetteer(iter([Row("Laut Jawa", "place", "Q49364", (), "by hand")]))
          >>> Gazetteer.unpack(gazetteer.pack()).lookup("Laut Jawa").wikidata_id
          'Q49364'
        """
        made = cls(iter(()))
        forms, (made._by_words, made._cut_off, made._lengths) = orjson.loads(packed)
        made._forms = _Forms(*forms)
        return made

    def _add(self, name: str, row: Row) -> None:
        strict = name.isupper() and sum(map(str.isalpha, name)) <= ACRONYM_LETTERS
        # Texts that others have split into tokens keep the hyphens inside words.
        for words in {tuple(tokenise(name).words), tuple(name.split())} - {()}:
            key = " ".join(words).lower()
            number = self._forms.add(_Form(words, strict, row))
            self._by_words.setdefault(key, []).append(number)
            self._add_length(words[0].lower(), len(words))
            cut_off = key[:-1]
            if _may_be_cut_off(words, cut_off):
                self._cut_off.setdefault(cut_off, []).append(number)
                if len(words) == 1:
                    self._add_length(cut_off, 1)

    def _add_length(self, first: str, words: int) -> None:
        lengths = self._lengths.setdefault(first, [])
        if words not in lengths:
            bisect.insort(lengths, words, key=operator.neg)

    def lengths(self, first: str) -> Sequence[int]:
        """Return in how many words names come that open with a word in lower case, most first."""
        return self._lengths.get(first, ())

    def may_name(self, lowered: str) -> bool:
        """Return whether words in lower case are a name's, or one's without its last letter."""
        return lowered in self._by_words or lowered in self._cut_off

    def find(
        self, lowered: str, words: Sequence[str], following: str, *, exact: bool
    ) -> Row | None:
        """Return the row that words name.

        Args:
          lowered: The words in lower case, with a blank between them.
          words: As they are written.
          following: The word after them, "" if there is none.
          exact: Written as the table writes them.
        """
        for number in self._by_words.get(lowered, ()):
            form = self._forms[number]
            if form.fits(words, exact=exact):
                return form.row
        if following == "." and not exact and lowered in self._cut_off:
            for number in self._cut_off[lowered]:
                form = self._forms[number]
                if form.fits(words, exact=False):
                    return form.row
        return None

    def at(self, tokens: Tokens, lowered: list[str], index: int, *, exact: bool) -> Match | None:
        """Return the longest known name that starts with the word `index`."""
        for length in self.lengths(lowered[index]):
            last = index + length
            if last > len(lowered):
                continue
            following = tokens.words[last] if last < len(lowered) else ""
            words = tokens.words[index:last]
            row = self.find(" ".join(lowered[index:last]), words, following, exact=exact)
            if row:
                return Match(index, last, row)
        return None

    def lookup(self, name: str) -> Row | None:
        """Return the row that a whole name belongs to."""
        tokens = tokenise(name)
        lowered = [word.lower() for word in tokens.words]
        match = self.at(tokens, lowered, 0, exact=False) if lowered else None
        return match.row if match and match.last == len(lowered) else None


def _may_be_cut_off(words: tuple[str, ...], cut_off: str) -> bool:
    return (
        len(cut_off) >= SHORTEST_CUT_OFF
        and len(words[-1]) > len("II.")
        and words[-1].isalpha()
        and not cut_off.endswith("german")
    )


def _all_rows(files: tuple[str, ...]) -> Iterator[Row]:
    for file in files:
        yield from (replace(row, is_users=True) for row in read_users_table(file))
    for path in _tables():
        yield from read_table(path.read_text(encoding="utf-8"), path.name)


def _tables() -> list[Path]:
    """Return the tables that warta ships, those that win first."""
    return sorted(TABLES.glob("*.tsv"), key=_precedence)


_PRECEDENCE = ("countries", "world_cities", "regions")


def _precedence(path: Path) -> tuple[int, str]:
    """Countries before cities before all else: a name that two tables know means the greater."""
    known = path.stem in _PRECEDENCE
    return (_PRECEDENCE.index(path.stem) if known else len(_PRECEDENCE), path.stem)


def read_users_table(uri: str) -> Iterator[Row]:
    """Yield the rows of a user's table: of hundreds of thousands, each is kept once.

    Raises:
      GazetteerError: It cannot be read, or a row is wrong.
    """
    try:
        text = read_users_file(uri).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GazetteerError(f"{uri}: no table of UTF-8 text: {error}") from error
    yield from read_table(text, uri)


def read_users_file(uri: str) -> bytes:
    """Return the content of a user's table, by path or URI.

    Raises:
      GazetteerError: It cannot be read, is not text, or is too large to be held in memory.
    """
    # pyarrow takes a third of a second to import: only those who bring a table wait for it.
    from warta.transforms.core.errors import StorageError
    from warta.transforms.core.storage import resolve

    try:
        filesystem, path = resolve(uri)
        with filesystem.open_input_stream(path) as stream:
            # A device, or a file of nothing but zeros, shows itself before it fills the memory.
            head = stream.read(_HEAD_BYTES)
            if b"\0" in head:
                raise GazetteerError(f"{uri}: no table of UTF-8 text: it holds NUL bytes")
            rest = stream.read(MAX_FILE_BYTES + 1 - len(head))
    except (OSError, StorageError) as error:
        raise GazetteerError(f"{uri}: {error}") from error
    if len(head) + len(rest) > MAX_FILE_BYTES:
        raise GazetteerError(f"{uri}: larger than {MAX_FILE_BYTES:,} bytes")
    return bytes(head + rest)
