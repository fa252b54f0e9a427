"""Names that warta once had for the field's terms: none of them comes back."""

import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "pipeline",
    "transforms",
    "tests",
    "benchmarks",
    "evaluation",
    "training",
    "deploy",
    "docs",
    "examples",
)
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

NAMES = {
    # Whole identifiers, or what an identifier holds between its underscores.
    "Teller": "a log",
    "tell": "report",
    "telling": "reporting",
    "told": "what it holds: headers, fields, a message",
    "verdict": "rejection",
    "attempt": "run_or_reject",
    "attempt_all": "iterate_or_reject",
    "room": "package",
    "rooms": "packages",
    "house": "architecture",
    "Judge": "EntityClassifier",
    "Decided": "ScoredSpan",
    "Belief": "TagProbabilities",
    "Cutter": "CandidateExtractor",
    "Heads": "HeadWordMatcher",
    "homes": "country_disambiguation",
    "in_company": "sense_disambiguation",
    "voices": "term_contributions",
    "Standing": "TopicScore",
    "Curve": "Calibration",
    "nursery": "fork server",
    "epoch": "batch, or poll cycle",
    "epochs": "batches, or poll cycles",
    "Upkeep": "CompactionPolicy",
    "upkeep": "maintenance",
    "sweep": "expire",
    "swept": "expired",
    "roll_up": "checkpoint",
    "Mark": "RowUpdate",
    "Piece": "RowSelection",
    "bring_up": "conform_to_schema",
    "moved_on": "resolved_rejects",
    "promising": "filter_by_signature",
    "promised": "filter_by_signature",
    "intake": "feed statistics",
    "Manners": "RequestPolicy",
    "manners": "policy",
    "Ways": "PollConfig",
    "Pace": "PollSchedule",
    "patiently": "retry_until",
    "DEAF": "SOCKET_TIMEOUT_S",
    "ours": "what it is",
    "OURS": "what it is",
    "parted": "split, separated",
    "dear": "expensive",
    "behind": "after",
}
EXCEPTIONS = {
    "tell": "a file's method",
    "epoch_mb": "the field of the option --epoch-mb, which users hold",
    "epoch_files": "the field of the option --epoch-files, which users hold",
    "epoch_time": "seconds since 1970",
    "read_epoch": "seconds since 1970",
    "_EPOCH": "the first moment of Unix time",
}

CALQUES = re.compile(
    r"parted by|for ever\b|\bheeds?\b|goes before|go before|\bverdicts?\b|\bthe rooms?\b|is told\b"
    r"|are told\b|\btells of\b|\btold of\b|stands? in (?!for)|stood in (?!for)"
    r"|\bwhoever\b|\banew\b|\bin the place of\b"
    r"|(?<!there )(?-i:\bis none\b)",
    re.IGNORECASE,
)

PARTS = re.compile(r"_+")


def identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every identifier of a module."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
            yield token.start[0], token.string


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every comment and docstring of a module."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(source.readline):
        opens = before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and opens):
            yield token.start[0], " ".join(token.string.split())
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            before = token.type


def old_names(identifier: str) -> set[str]:
    """Return the retired names that an identifier is, or has as a part.

    The names of tests are sentences, and may say that something is behind a URI.
    """
    if identifier in EXCEPTIONS or identifier.startswith("test_"):
        return set()
    return {identifier, *PARTS.split(identifier)} & NAMES.keys()


@pytest.mark.parametrize(
    ("identifier", "old"),
    [
        ("verdict", {"verdict"}),
        ("name_verdict", {"verdict"}),
        ("_DEAF_S", {"DEAF"}),
        ("bring_up", {"bring_up"}),
        ("epoch_mb", set()),
        ("marked", set()),
        ("judge", set()),
        ("test_what_is_told", set()),
    ],
)
def test_parts_of_names_count(identifier: str, old: set[str]) -> None:
    """An exception is a whole identifier; a word within another word is not a name."""
    assert old_names(identifier) == old


def test_no_old_name_is_left() -> None:
    """A message says what to write in its place."""
    left = [
        f"{path.relative_to(ROOT)}:{line}: {identifier}: write {NAMES[name]}"
        for path in MODULES
        for line, identifier in identifiers(path)
        for name in sorted(old_names(identifier))
    ]
    assert left == []


def test_comments_and_docstrings_are_in_the_usual_words() -> None:
    """Calques that came from another language are not English."""
    left = [
        f"{path.relative_to(ROOT)}:{line}: {found[0]!r}"
        for path in MODULES
        if path.name != "test_names.py"
        for line, text in prose(path)
        for found in CALQUES.finditer(text)
    ]
    assert left == []


PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_are_in_the_usual_words(page: Path) -> None:
    """README, the changelog and docs, as comments and docstrings are."""
    text = page.read_text(encoding="utf-8")
    assert [found[0] for found in CALQUES.finditer(text)] == []
