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


Function = ast.FunctionDef | ast.AsyncFunctionDef
RAISED_BY_ITSELF = {
    "Poller.poll": "what it raises is caught there, and is the outcome of the poll",
    "WriteLake.expand": "the docstring of the class says it",
}
"""Functions whose own `raise` is said elsewhere, or reaches nobody."""
NOT_RAISED = frozenset({"NotImplementedError", "AssertionError"})
"""What no caller can handle: they say that code is missing or wrong."""


def public_functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Yield the public functions of a module and the public methods of its public classes."""
    for node in ast.iter_child_nodes(tree):
        if getattr(node, "name", "_").startswith("_"):
            continue
        if isinstance(node, ast.ClassDef):
            yield from public_functions(node, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node


def raised(node: ast.AST) -> Iterator[str]:
    """Yield the names of the errors that a function's own statements raise."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            yield ast.unparse(child.exc.func)
        yield from raised(child)


def is_command(node: Function) -> bool:
    """Return whether a function is run by click: `--help` and the exit status speak for it."""
    return any("command" in ast.unparse(one) for one in node.decorator_list)


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


def test_docstrings_of_public_functions_name_the_errors_that_they_raise() -> None:
    left = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {name}: {', '.join(sorted(errors))}"
        for path in MODULES
        for name, node in public_functions(ast.parse(path.read_text(encoding="utf-8")))
        if name not in RAISED_BY_ITSELF and not is_command(node)
        if (errors := set(raised(node)) - NOT_RAISED)
        if "Raises:" not in (ast.get_docstring(node) or "")
    ]
    assert left == []


@pytest.mark.parametrize(
    ("source", "errors"),
    [
        ("def f():\n  raise UsageError('x')", {"UsageError"}),
        ("def f():\n  try:\n    g()\n  except OSError:\n    raise", set()),
        ("def f():\n  def g():\n    raise UsageError('x')\n  return g", set()),
        ("def f():\n  if g():\n    raise errors.LakeError('x') from None", {"errors.LakeError"}),
    ],
)
def test_errors_of_a_function_itself_count(source: str, errors: set[str]) -> None:
    """Those of functions within it are theirs."""
    assert set(raised(ast.parse(source).body[0])) == errors
