"""Texts that programs write where they have no value."""

ABSENT = frozenset(
    {
        *("", "null", "none", "nan", "nat", "nil", "n/a", "na", "n.a.", "#n/a", "<na>"),
        *("undefined", "-", "--", "---", "–", "—", "?", "\\n", "(null)", "(none)", "[]", "{}"),
        *("not available", "invalid date"),
    }
)
"""In lower case."""
_MAX_CHARS = max(map(len, ABSENT))


def is_absent(text: str) -> bool:
    """Return whether a text stands for a value that is not there.

    Example:
      >>> is_absent(" N/A "), is_absent("Nan Hardjo")
      (True, False)
    """
    text = text.strip()
    # Longer than any of them: most texts are.
    return len(text) <= _MAX_CHARS and text.casefold() in ABSENT
