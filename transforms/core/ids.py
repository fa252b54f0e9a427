"""Identity of articles: hashes that stay the same across processes, machines and versions."""

import hashlib
import re
import unicodedata

from warta.transforms.core.records import SourceItem

# Blanks and punctuation by range, not by \\W: combining vowel signs (Hindi, Thai, Khmer) are \\W to
# Python and must stay, or different words become one.
_WIDE_PUNCTUATION = re.compile(
    r"[\x80-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u037e\u055a-\u055f\u0589\u05be"
    r"\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u104a\u104b\u17d4-\u17d6\u2000-\u206f"
    r"\u20a0-\u20cf\u2100-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufe00-\ufe0f"
    r"\ufe30-\ufe6f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+"
)
_ASCII_PUNCTUATION = bytes(
    byte if byte > 127 or chr(byte).isalnum() else ord(" ") for byte in range(256)
)
# Han and kana: scripts without blanks, in which each sign counts as a word. Thai, Lao, Khmer and
# Burmese count by their runs, too few rather than too many.
_IDEOGRAPH = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
)
_OTHER_BYTES = bytes({*range(256)} - {*range(0xE3, 0xEA), 0xEF, 0xF0})
"""Bytes with which none of them begins in UTF-8."""


def normalise(body: str) -> str:
    """Return a text's words alone: NFC, case folded, runs of blanks and punctuation one blank.

    Lone surrogates become "?" and with it blanks.
    """
    folded = unicodedata.normalize("NFC", body).casefold()
    if not folded.isascii():
        folded = _WIDE_PUNCTUATION.sub(" ", folded)
    # Over bytes: translate needs no dictionary there, and UTF-8 keeps ASCII to itself.
    words = folded.encode("utf-8", "replace").translate(_ASCII_PUNCTUATION).split()
    return b" ".join(words).decode("utf-8")


def hash_words(words: str) -> str:
    """Return the SHA-256 of a normalised text (see `normalise`), 64 hex digits."""
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


def content_sha256(body: str) -> str:
    """Return a body's hash, the same for other case, blanks, punctuation and composed letters."""
    return hash_words(normalise(body))


def article_id(canonical_url: str | None, content_hash: str, identity: str | None = None) -> str:
    """Return the id of an article: 32 hex, the first 128 bits of a SHA-256.

    It is made of the canonical URL, else of the content's hash. The scheme is left out, so that
    http and https of one page are one article.

    Args:
      canonical_url: As `canonical_url` makes it; None: the article has none.
      content_hash: As `hash_words` makes it.
      identity: What distinguishes the article from others at the same URL, such as the id of a
        feed's entry that leads to the front page.
    """
    page = canonical_url.split("://", 1)[-1] if canonical_url else None
    key = f"url:{page}" if page else f"content:{content_hash}"
    if page and identity:
        key += f"#{identity}"
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def record_hash(item: SourceItem, readers: str) -> int:
    """Return 64 signed bits of a record, the same for all that makes the same article.

    Where and when it was read does not count.

    Args:
      item: The record.
      readers: Names what makes an article of it: versions and limits.
    """
    source = item.source
    fields = (
        readers,
        source.language,
        source.publisher,
        source.time_zone,
        item.content_type,
        item.charset,
        item.url,
        item.headline,
        item.description,
        item.authors,
        item.date_published,
        item.date_modified,
        item.article_section,
        item.keywords,
        item.in_language,
        item.publisher_name,
    )
    # Without an identity as it always was: lakes hold such hashes.
    stated = repr(fields) + (repr(item.identity) if item.identity else "")
    digest = hashlib.blake2b(stated.encode("utf-8", "surrogatepass"), digest_size=8)
    content = item.content
    digest.update(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    if item.page is not None:
        digest.update(item.page.content)
    return int.from_bytes(digest.digest(), "big", signed=True)


def count_words(words: str) -> int:
    """Return the number of runs of letters and digits; each Han or kana sign counts as one."""
    if words.isascii():
        # One blank separates two words.
        return words.count(" ") + 1 if words else 0
    # A look at bytes is far cheaper than the pattern.
    if not words.encode("utf-8", "replace").translate(None, _OTHER_BYTES):
        return len(words.split())
    ideographs = _IDEOGRAPH.subn(" ", words)
    return ideographs[1] + len(ideographs[0].split())


def word_count(body: str) -> int:
    """Return the number of a body's words (see `count_words`)."""
    return count_words(normalise(body))
