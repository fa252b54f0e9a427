"""Say what was meant by a word that is not known."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the nearest known word as a question; all of them where none is near.

    Example:
      >>> nearest("fed", ["feed", "text"]), nearest("zzz", ["feed", "text"])
      ("; did you mean 'feed'?", '; known are feed, text')
    """
    # Here, because most commands meet no such word.
    import difflib

    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(words)}"
