"""The form in which two spellings of a name are one."""

import functools
import re
import unicodedata

_NOT_IN_KEYS = re.compile(r"[\W_]+")


@functools.lru_cache(maxsize=1 << 15)
def normal_form(name: str) -> str:
    """Return the form in which two spellings of a name are one: case and marks aside.

    Example:
      >>> normal_form("PT. Bumi-Hijau")
      'pt bumi hijau'
    """
    return fold_name(name)


def fold_name(name: str) -> str:
    """Return the `normal_form` of a name that is looked at but once: those of tables."""
    if name.isascii():
        folded = name.lower()
        words = folded.split(" ")
        if all(map(str.isalnum, words)):
            # Nearly all names: nothing else than words, with one blank between them.
            return folded
        return _NOT_IN_KEYS.sub(" ", folded).strip() or folded
    folded = unicodedata.normalize("NFKC", name).casefold()
    plain = _NOT_IN_KEYS.sub(" ", folded.encode("utf-8", "replace").decode("utf-8")).strip()
    return plain or folded.encode("utf-8", "replace").decode("utf-8")
