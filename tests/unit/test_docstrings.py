"""Docstrings of public functions: the first line says what is done, in the imperative."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path for folder in ("pipeline", "transforms") for path in (ROOT / folder).rglob("*.py")
)

NO_VERBS = frozenset(
    [
        "A",
        "All",
        "An",
        "As",
        "At",
        "Beam's",
        "Bytes",
        "Charset",
        "Every",
        "For",
        "How",
        "In",
        "It",
        "Kind",
        "Last",
        "Letters",
        "Lines",
        "Messages",
        "Names",
        "No",
        "Numbers",
        "Of",
        "One",
        "Parts",
        "See",
        "Some",
        "The",
        "This",
        "Those",
        "Time",
        "To",
        "URI",
        "URIs",
        "Versions",
        "What",
        "When",
        "Where",
        "Whether",
        "Which",
        "Without",
    ]
)
ENDS_IN_S = frozenset({"Pass", "Process", "Compress", "Discuss", "Press"})
"""Verbs in the imperative that look as if they were in the third person."""


def public_docstrings(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the name and the docstring of every public function of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and not node.name.startswith("_"):
                yield node.lineno, node.name, text


def is_imperative(docstring: str) -> bool:
    """Return whether a docstring may open with a verb in the imperative."""
    word = docstring.split()[0].rstrip(".,:;")
    if not word[:1].isupper() or word in NO_VERBS:
        return False
    return word in ENDS_IN_S or not word.endswith("s")


@pytest.mark.parametrize(
    ("docstring", "imperative"),
    [
        ("Return whether it is one.", True),
        ("Pass the rest on.", True),
        ("Whether it is one.", False),
        ("See the class.", False),
        ("Refuses two sources of one name.", False),
        ("`uri` without its key.", False),
        ("(n, bands).", False),
    ],
)
def test_the_first_word_counts(docstring: str, imperative: bool) -> None:
    assert is_imperative(docstring) is imperative


def test_docstrings_of_public_functions_open_with_an_imperative() -> None:
    left = [
        f"{path.relative_to(ROOT)}:{line}: {name}: {text.splitlines()[0]}"
        for path in MODULES
        for line, name, text in public_docstrings(path.read_text(encoding="utf-8"))
        if not is_imperative(text)
    ]
    assert left == []
