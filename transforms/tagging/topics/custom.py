"""Read custom taxonomies: a table of codes, names and terms.

The table is a TSV file with a header. Columns: `code`; `name`, and `name_xx` for the name in a
language; `terms` for all languages, and `terms_xx` for one. `|` separates terms; one may have
`~` before it for its inflected forms, and `=weight` after it:

    code        name  name_id         terms       terms_id
    desk:haji   Hajj  Haji dan umrah  hajj|umrah  jemaah haji|kloter=2|naik haji=0
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from warta.transforms.core.errors import TopicsError
from warta.transforms.tagging.topics.taxonomy import WORD, Concept, Lexicon, build_lexicon

DEFAULT_WEIGHT = 3.0
"""Of a term without one: it defines its topic."""
MAX_FILE_BYTES = 16_000_000

_COLUMN = re.compile(r"(code)|(name|terms)(?:_([a-z]{2,3}))?")


@dataclass(frozen=True, slots=True)
class CustomTaxonomy:
    """One table: topics, and what speaks for them in each language."""

    label: str
    """Names file and content: of what tagged with it."""
    concepts: dict[str, Concept]
    terms: dict[str, tuple[tuple[str, str, float], ...]]
    """Language ("" for all) -> (term, code, weight)."""

    def lexicon(self, language: str) -> Lexicon:
        """Return the terms of a primary language subtag, and those for all languages."""
        return build_lexicon((*self.terms.get("", ()), *self.terms.get(language, ())), language)

    def sections(self) -> Lexicon:
        """Return the names of the topics, as a publisher may use them for a section."""
        named = {
            (name.lower(), code)
            for code, concept in self.concepts.items()
            for name in (concept.name, *concept.names.values())
        }
        return build_lexicon((name, code, DEFAULT_WEIGHT) for name, code in sorted(named))


@cache
def read_custom_taxonomy(uri: str) -> CustomTaxonomy:
    """Return the taxonomy of a table, by path or URI; read once a process.

    Raises:
      TopicsError: It cannot be read or understood.
    """
    import hashlib

    content = _read(uri)
    name = re.sub(r"[^\w.-]", "_", uri.rsplit("/", 1)[-1])
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return parse_custom_taxonomy(content, uri, f"{name}-{digest}")


def parse_custom_taxonomy(text: str, where: str, label: str = "own") -> CustomTaxonomy:
    """Return the taxonomy that the text of a table describes.

    Args:
      text: See the head of this module.
      where: What errors call the table.
      label: What the taxonomy is called.

    Raises:
      TopicsError: No header, an unknown column, or a row without code, name or terms.
    """
    concepts: dict[str, Concept] = {}
    terms: dict[str, list[tuple[str, str, float]]] = {}
    for number, cells in _rows(text, where):
        place = f"{where}, line {number}"
        code = cells["code"]
        if not code or code in concepts:
            raise TopicsError(f"{place}: {f'code {code} occurs twice' if code else 'no code'}")
        concepts[code] = _concept(cells, place)
        found = list(_terms(cells, place))
        if not found:
            raise TopicsError(f"{place}: no terms")
        for language, term, weight in found:
            terms.setdefault(language, []).append((term, code, weight))
    if not concepts:
        raise TopicsError(f"{where}: no topics")
    return CustomTaxonomy(label, concepts, {key: tuple(rows) for key, rows in terms.items()})


def _rows(text: str, where: str) -> Iterator[tuple[int, dict[str, str]]]:
    columns: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if columns:
            yield number, dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False))
            continue
        columns = [cell.lower() for cell in cells]
        unknown = [name for name in columns if not _COLUMN.fullmatch(name)]
        if unknown or not {"code", "name"} <= set(columns):
            fault = f"unknown column {unknown[0]!r}" if unknown else "no columns code and name"
            raise TopicsError(f"{where}, line {number}: {fault}")


def _concept(cells: dict[str, str], place: str) -> Concept:
    if not WORD.search(cells["name"]):
        raise TopicsError(f"{place}: no name")
    names = {
        column.removeprefix("name_"): name
        for column, name in cells.items()
        if column.startswith("name_") and WORD.search(name)
    }
    return Concept(cells["code"], "", cells["name"], names)


def _terms(cells: dict[str, str], place: str) -> Iterator[tuple[str, str, float]]:
    """Yield (language, term, weight) of the cells of a row."""
    for column, cell in cells.items():
        if not column.startswith("terms"):
            continue
        language = column.removeprefix("terms").removeprefix("_")
        for written in filter(None, map(str.strip, cell.split("|"))):
            term, _, weight = written.partition("=")
            try:
                number = float(weight) if weight else DEFAULT_WEIGHT
            except ValueError:
                raise TopicsError(f"{place}: {weight!r} is not a weight") from None
            if not WORD.search(term) or not abs(number) <= DEFAULT_WEIGHT:
                raise TopicsError(f"{place}: {written!r} is not a term with a weight from -3 to 3")
            yield language, term.strip().lower(), number


def _read(uri: str) -> str:
    # pyarrow takes a third of a second to import: only those who bring a table wait for it.
    from warta.transforms.core.errors import StorageError
    from warta.transforms.core.storage import resolve

    try:
        filesystem, path = resolve(uri)
        with filesystem.open_input_stream(path) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise TopicsError(f"{uri}: larger than {MAX_FILE_BYTES:,} bytes")
        return str(content.decode("utf-8-sig"))
    except (OSError, StorageError, UnicodeDecodeError) as error:
        raise TopicsError(f"{uri}: {error}") from error
