"""More sentences to train on: templates filled with names, and real sentences with others' names.

Names come from the tables that warta ships and from open lists of names; everything is drawn with
a fixed seed, so that the same lists give the same sentences.
"""

import gzip
import random
import re
import tomllib
from itertools import islice
from pathlib import Path

from training.corpora import Sentence
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON
from warta.transforms.tagging.ner.gazetteer import TABLES, read_table

TEMPLATES = Path(__file__).parent / "templates"
PERSONS = "names-dbpedia-id/expanded-dbpedia/mdee_gazetteer/person.txt"
"""Persons of Indonesian DBpedia (CC BY-SA), in the folder of data."""
VILLAGES = "gaz-wilayah-id/db/wilayah.sql.gz"
"""Villages and districts of Indonesia (MIT), in the folder of data."""
FILLED = 6
"""How often each template is filled."""
LOST_BRACKETS = 0.15
"""Share of sentences whose brackets are gone, as in texts that a crawl has damaged."""
DRAWN_ROWS = 150
"""Rows of a table that names are drawn from: the first, which are the best known."""
SWAPPED_SHARE = 0.5
"""Share of real sentences that come once more, with other names."""
_SLOT = re.compile(r"\{=([^|}]+)\|(\w+)\}|\{(\w+)\}|(\S+)")
_BRACES = re.compile(r"\{(\w+)\}")
_NAME = re.compile(r"[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+){0,3}")
_VILLAGE = re.compile(r"\('[\d.]{8,}','([^']+)'\)")
_JOINING = frozenset({"dan", "untuk", "of", "and", "the", "for", "di", ","})


def load_lists(data: Path) -> dict[str, list[str]]:
    """Return the names to draw from, by the word that templates use for them."""
    lists = {path.stem: _table(path) for path in sorted(TABLES.glob("*.tsv"))}
    lists["media_names"] = lists.pop("media")
    towns = lists.pop("indonesian_places")
    lists["indonesian_towns"] = [re.sub("^(Kabupaten|Kota) ", "", name) for name in towns]
    persons = (data / PERSONS).read_text(encoding="utf-8", errors="replace").splitlines()
    full = sorted({name for name in persons if " " in name and _NAME.fullmatch(name)})
    lists["listed_person"] = full
    lists["listed_word"] = sorted({word for name in full for word in name.split()})
    with gzip.open(data / VILLAGES, "rt", encoding="utf-8") as file:
        found = {name for name in _VILLAGE.findall(file.read()) if _NAME.fullmatch(name)}
    lists["village"] = sorted(found)
    return lists


def _table(path: Path) -> list[str]:
    rows = islice(read_table(path.read_text(encoding="utf-8"), path.name), DRAWN_ROWS)
    return [name for row in rows for name in (row.name, *row.aliases) if len(name) > 2]


class Filler:
    """Fills templates of one language with names."""

    def __init__(self, language: str, lists: dict[str, list[str]], seed: int) -> None:
        grammar = tomllib.loads((TEMPLATES / f"{language}.toml").read_text(encoding="utf-8"))
        self._swaps: dict[str, list[str]] = grammar.pop("swaps")
        self._types = {slot: kind for kind, slots in grammar.items() for slot in slots}
        self._forms = {slot: forms for slots in grammar.values() for slot, forms in slots.items()}
        self._lists = lists
        self._draw = random.Random(seed)  # noqa: S311  repeatable, not secret
        self._last = ""

    def fill(self, template: str) -> Sentence:
        """Return a sentence with names in place of the template's braces."""
        words: list[str] = []
        labels: list[str] = []
        lose = self._draw.random() < LOST_BRACKETS
        for name, kind, slot, plain in _SLOT.findall(template):
            if plain:
                parts, marks = ([], []) if lose and plain in "()" else ([plain], ["O"])
            elif slot:
                parts, marks = self.name(slot)
            else:
                parts, marks = _named(name.split(), kind)
            words += parts
            labels += marks
        return words, labels

    def name(self, slot: str) -> Sentence:
        """Return the labelled words of a name of a kind, as templates write it."""
        words = self._form(slot).split()
        kind = self._types[slot]
        if kind == ORGANISATION and slot != "acronym":
            self._last = "".join(w[0].upper() for w in words if w not in _JOINING)
        return _named(words, kind)

    def swap(self, kind: str, words: list[str]) -> Sentence:
        """Return another name of the same type; single organisations stay."""
        if kind == ORGANISATION and len(words) == 1:
            return _named(words, kind)
        if kind == PERSON and len(words) == 1:
            return self.name("person1")
        return self.name(self._draw.choice(self._swaps[kind]))

    def _form(self, slot: str) -> str:
        if slot == "acronym_of_last":
            return self._last if len(self._last) > 1 else "KPN"
        if slot == "number":
            return str(self._draw.randrange(1, 999))
        form = self._draw.choice(self._forms.get(slot) or self._lists[slot])
        return _BRACES.sub(lambda found: self._form(found.group(1)), form)


def _named(words: list[str], kind: str) -> Sentence:
    return words, [f"{'I' if at else 'B'}-{kind}" for at in range(len(words))]


def from_templates(language: str, lists: dict[str, list[str]], seed: int = 7) -> list[Sentence]:
    """Return the templates of a language, each filled several times."""
    text = (TEMPLATES / f"{language}.txt").read_text(encoding="utf-8")
    templates = [line for line in text.splitlines() if line and not line.startswith("#")]
    filler = Filler(language, lists, seed)
    return [filler.fill(template) for template in templates for _ in range(FILLED)]


def swapped(
    language: str, chosen: list[Sentence], lists: dict[str, list[str]], seed: int = 11
) -> list[Sentence]:
    """Return half of the sentences with names, each name replaced by one of its type."""
    draw = random.Random(seed)  # noqa: S311  repeatable, not secret
    filler = Filler(language, lists, seed)
    named = [sentence for sentence in chosen if any(label != "O" for label in sentence[1])]
    return [_swap(sentence, filler) for sentence in named if draw.random() < SWAPPED_SHARE]


def _swap(sentence: Sentence, filler: Filler) -> Sentence:
    words: list[str] = []
    labels: list[str] = []
    name: list[str] = []
    for word, label, after in zip(*sentence, [*sentence[1][1:], "O"], strict=True):
        if label == "O":
            words.append(word)
            labels.append(label)
            continue
        name.append(word)
        if after != f"I-{label[2:]}":
            other, marks = filler.swap(label[2:], name)
            words += other
            labels += marks
            name = []
    return words, labels
