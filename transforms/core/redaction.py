"""What may be stored and shown: text without secrets, and without characters that act.

Requests are made with URLs as they are given, and identities are made of them; what goes into a
column, a commit, a log or a terminal passes through here first.
"""

import re
from typing import Any

MASK = "***"
"""Written in place of a secret."""

_NAMES_OF_KEYS = (
    r"[\w.\-]{0,60}?(?:"
    r"token|secret|password|passwd|passphrase|signature|credentials?"
    r"|api[_\-]?key|access[_\-]?key(?:[_\-]?id)?|secret[_\-]?key|private[_\-]?key|subscription[_\-]?key|auth[_\-]?key"
    r")|sig|pwd|pass|auth|authorization|jwt|phpsessid|jsessionid|session[_\-]?id"
)
"""Names of query parameters that carry keys: of API gateways, of presigned URLs of S3, Google Cloud
Storage and Azure, of OAuth, and of sessions."""
_KEY_VALUE = r"(?=[\w\-]*\d)(?=[\w\-]*[A-Za-z])[\w\-]{20,}"
"""A parameter that is just called "key" is as often the key of an article: only a long random value
is a secret."""
_SECRET = re.compile(
    rf"([?&;#](?:{_NAMES_OF_KEYS})=)[^&#;\s\"'<>\\]+|([?&;#]key=){_KEY_VALUE}", re.IGNORECASE
)
# A URL in the query of another.
_NESTED_SECRET = re.compile(
    rf"(%(?:3F|26|23)(?:{_NAMES_OF_KEYS})%3D)(?:(?!%26|%23)[^&#\s\"'<>\\])+", re.IGNORECASE
)
_USERINFO = re.compile(r"://[^/\s]*@")
"""Also around a password with "?" or "#" in it, which makes it no URL that can be parsed."""

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
"""C0 and C1 without tab and line feed."""
_CONTROL = re.compile(f"[{_CONTROLS}]")
# Bidi controls turn the direction of what follows; half a surrogate pair has no encoding.
_UNPRINTABLE = re.compile(f"[{_CONTROLS}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def mask_secrets(text: str) -> str:
    """Return a URL, or any text with URLs in it, without passwords and keys.

    User names and passwords before a host are dropped; the values of query parameters that look
    like keys are replaced by `MASK`.

    Args:
      text: What is to be stored or shown.

    Example:
      >>> mask_secrets("https://ana:pw@news.example/rss?page=2&api_key=k3y")
      'https://news.example/rss?page=2&api_key=***'
    """
    if "://" in text:
        text = _USERINFO.sub("://", text)
    if "=" in text:
        text = _SECRET.sub(lambda found: (found[1] or found[2]) + MASK, text)
    if "%3d" in text or "%3D" in text:
        text = _NESTED_SECRET.sub(rf"\1{MASK}", text)
    return text


def is_masked(uri: str) -> bool:
    """Return whether a stored URI has lost a key, so that no request can be made with it."""
    return f"={MASK}" in uri or f"%3D{MASK}" in uri


def without_controls(text: str) -> str:
    """Return a text with a blank in place of each control character but tab and line feed.

    Its length stays the same, and with it the offsets that point into it.
    """
    return _CONTROL.sub(" ", text)


def storable(text: str) -> str:
    """Return a URI or an error's words as a column of the lake may hold them."""
    return without_controls(mask_secrets(text))


URL_COLUMNS = ("url", "canonical_url", "source_uri", "source_record_id", "feed_url")
"""Columns that may hold keys of the user's own."""


def storable_items(value: Any) -> Any:
    """Return a JSON document with every text in it made `storable`."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [storable_items(one) for one in value]
    if isinstance(value, dict):
        return {key: storable_items(one) for key, one in value.items()}
    return value


def displayable(text: str) -> str:
    """Return a URI or an error's words as a terminal or a log may get them."""
    return printable(mask_secrets(text))


def printable(text: str) -> str:
    """Return a text for a terminal: with U+FFFD for what would move, colour or turn it."""
    return _UNPRINTABLE.sub("\ufffd", text)
