"""What a page of a report is made of: sections of figures, each with its rows and their SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from warta.pipeline.report.charts.base import Draw
from warta.pipeline.report.database import Result


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, or a table alone, with a sentence that says what it shows."""

    name: str
    """A word that no other figure of the page has."""
    title: str
    says: str
    """What can be seen in it."""
    result: Result
    """What the table holds: all that came of the query."""
    sql: str
    """The query; empty where the rows come from more than one query."""
    draw: Draw | None = None
    """Makes the chart; None: the table is shown instead."""
    bar: str = ""
    """Column of a table that is shown as bars, too."""
    below: Sequence[str] = ()
    """Columns of a table whose texts are long: each has a line of its own under its row."""
    commands: Mapping[str, str] = field(default_factory=dict)
    """What to type, by the value of the first column."""
    command_does: str = ""
    """What the commands are for, in a word or two."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading."""

    name: str
    title: str
    figures: Sequence[Figure]
    note: str = ""
    """Said above the figures, or in their place where there are none."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number at the head of the page."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All that a page about a lake says."""

    lake: str
    made_at: str
    scope: str
    span: str
    tiles: Sequence[Tile]
    sections: Sequence[Section]
    views: Sequence[str]
    """Statements that define what the queries read, for the reader to run first."""

    @property
    def has_map(self) -> bool:
        """Return whether there is a map, whose sources want to be named."""
        return any(section.name == "places" for section in self.sections)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Example:
      >>> counted(1, "copy", "copies"), counted(1200, "article")
      ('1 copy', '1,200 articles')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: float, whole: float) -> str:
    """Return a share in percent.

    Example:
      >>> share(1, 3), share(1, 400), share(0, 5)
      ('33%', '0.2%', '0%')
    """
    percent = 100 * part / whole if whole else 0.0
    return f"{percent:.0f}%" if percent >= 1 or not percent else f"{percent:.1f}%"


_LANGUAGES = {
    "ace": "Acehnese",
    "ar": "Arabic",
    "ban": "Balinese",
    "bjn": "Banjarese",
    "bn": "Bengali",
    "bug": "Buginese",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "jv": "Javanese",
    "km": "Khmer",
    "ko": "Korean",
    "lo": "Lao",
    "mad": "Madurese",
    "min": "Minangkabau",
    "ms": "Malay",
    "my": "Burmese",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
    "su": "Sundanese",
    "ta": "Tamil",
    "tet": "Tetum",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
    "und": "unknown",
}


def language_name(code: str) -> str:
    """Return a language in words, with its code; the code alone where the name is not listed.

    Example:
      >>> language_name("id"), language_name("xx")
      ('Indonesian (id)', 'xx')
    """
    name = _LANGUAGES.get(code)
    return f"{name} ({code})" if name else code
