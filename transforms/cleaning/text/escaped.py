"""Text that was escaped once more than it should be: tags that show, line breaks that show.

JSON fields, feeds and JSON-LD have it alike, where two programs each escape what they hand on. A
text that speaks of tags has them too, and keeps them: there they are words in a line, where markup
holds all of the text, is at sentences' ends, or carries addresses.
"""

import html
import re
from itertools import islice

MAX_TAGS = 2_000
"""Looked at in one text: what it is shows long before."""
_ROUNDS = 3
"""Text that went through this many templates has been seen; more is not ours to guess."""
_MIN_WORDS = 5
"""An element with fewer may be an example."""
_SHARE_ALONE = 0.5
_SHARE_WITHIN_MARKUP = 0.6
"""Share of a text in elements, from which it is markup: within real markup, tags are more often
meant to be seen."""

_BLOCKS = (
    "p|div|h[1-6]|ul|ol|li|table|tbody|tr|td|blockquote|section|article|figure|figcaption|header|"
    "footer|aside|main|center|pre|body|html|head"
)
_INLINE = "a|abbr|b|big|cite|code|em|font|i|iframe|img|small|span|strong|sub|sup|u|br|hr|wbr|script"
_TAG = re.compile(
    rf"<(?P<end>/?)(?P<name>{_BLOCKS}|{_INLINE})(?P<rest>(?:\s(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)?)"
    r"/?>",
    re.IGNORECASE,
)
_IS_BLOCK = re.compile(_BLOCKS, re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:href|src)\s*=\s*[\"']?(?:https?:|/)", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&(?:amp;)*(?:lt|#0*60|#x0*3c);\s?/?[a-z!]", re.IGNORECASE)
_PAGE = re.compile(r"\s*(?:<\?xml[^<>]*>\s*)?<(?:!doctype\s+html|html[\s>])", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_BREAKS = re.compile(r"(?:\\r)?\\n")
_ESCAPES = re.compile(r"\\(?:(?:r\\)?n|r|t|\"|/|u[0-9a-fA-F]{4})")
_LIST_OPENS = re.compile(r"\s*\[(?P<quote>['\"])(?=[^'\"\[\]])")
_LIST_CLOSES = re.compile(r"['\"]\]\s*\Z")
_LIST_JOINT = re.compile(r"(?<!\\)['\"],\s{1,2}['\"](?=\S)")
_SHOWN_TAG = re.compile(r"\\u003[cC]/?[a-z][^<>]{0,200}?\\u003[eE]|<\\/[a-z]+>", re.IGNORECASE)
"""Tags that show for what JSON makes of them."""
_ESCAPED = {"\\t": "\t", '\\"': '"', "\\/": "/"}


def find_escaped_markup(text: str, *, within_markup: bool) -> str | None:
    """Return the markup that a text is, as it was before it was escaped; None for anything else.

    Args:
      text: A text as readers would see it, its entities resolved or not.
      within_markup: Whether it was taken out of real markup.

    Example:
      >>> find_escaped_markup("&lt;p&gt;Air surut lagi pagi ini.&lt;/p&gt;", within_markup=False)
      '<p>Air surut lagi pagi ini.</p>'
      >>> find_escaped_markup("Tulis &lt;b&gt; di depan kata.", within_markup=False)
    """
    for _ in range(_ROUNDS):
        if "<" in text and _is_markup(text, within_markup):
            return text if _has_blocks(text) else text.replace("\n", "<br>\n")
        if not _ESCAPED_TAG.search(text):
            return None
        text = html.unescape(text)
    return None


def is_page(markup: str) -> bool:
    """Return whether markup is a whole page."""
    return _PAGE.match(markup) is not None


def without_cdata(markup: str) -> str:
    """Return HTML without the CDATA marks of XML, whose content a parser takes for a comment.

    Example:
      >>> without_cdata("<![CDATA[<p>Air surut.</p>]]>")
      '<p>Air surut.</p>'
    """
    return _CDATA.sub(r"\1", markup) if "<![CDATA[" in markup else markup


def resolve_escapes(text: str) -> str:
    r"""Return a text with the line breaks and tags that JSON escaped twice; others as they are.

    Example:
      >>> resolve_escapes('Air surut.\\n\\n"Kami lega", kata Rahma.\\nIa pulang.')
      'Air surut.\n\n"Kami lega", kata Rahma.\nIa pulang.'
    """
    text = without_list_marks(text)
    if _SHOWN_TAG.search(text):
        return _ESCAPES.sub(_resolved, text)
    if "\\n" not in text or "\n" in text:
        return text
    breaks = len(_BREAKS.findall(text))
    if breaks < 2 and not re.search(r"[.!?”\"](?:\\r)?\\n", text):
        return text
    return _ESCAPES.sub(_resolved, text)


def without_list_marks(text: str) -> str:
    r"""Return the text of a list of strings as Python prints it, an item a line.

    Scrapers that write their list of paragraphs as one string leave brackets, quotes and escapes.

    Example:
      >>> without_list_marks(r"['Air surut.', 'Rumah Ma\'ruf kering.']")
      "Air surut.\nRumah Ma'ruf kering."
    """
    if _LIST_OPENS.match(text):
        text = _LIST_CLOSES.sub("", _LIST_OPENS.sub("", text))
        text = _LIST_JOINT.sub("\n", text)
    if "\\'" in text:
        text = text.replace("\\'", "'")
    return text.replace("\\xa0", " ") if "\\xa0" in text else text


def _resolved(escape: re.Match[str]) -> str:
    written = escape.group()
    if written.startswith("\\u"):
        return html.unescape(f"&#x{written[2:]};")
    return _ESCAPED.get(written, "\n")


def _has_blocks(text: str) -> bool:
    return any(_IS_BLOCK.fullmatch(tag["name"]) for tag in islice(_TAG.finditer(text), MAX_TAGS))


def _is_markup(text: str, within_markup: bool) -> bool:
    if is_page(text):
        return True
    tags = list(islice(_TAG.finditer(text), MAX_TAGS))
    if not tags:
        return False
    within, spans = _elements(text, tags)
    if within >= (_SHARE_WITHIN_MARKUP if within_markup else _SHARE_ALONE) * len(text.strip()):
        return True
    if within_markup:
        return False
    if any(_ADDRESS.search(tag["rest"]) for tag in tags) and not _are_words(text, tags):
        return True
    starts = not text[: tags[0].start()].strip() and spans
    breaks = [tag for tag in tags if tag["name"].lower() == "br"]
    glued = [tag for tag in breaks if text[tag.start() - 1 : tag.start()].strip(" \t\"'“‘`(")]
    return bool(starts) or (bool(glued) and len(glued) * 2 >= len(breaks))


def _elements(text: str, tags: list[re.Match[str]]) -> tuple[int, int]:
    """Return how many characters are in elements of several words, and how many elements."""
    open_at: dict[str, re.Match[str]] = {}
    covered = spans = reached = 0
    for tag in tags:
        name = tag["name"].lower()
        if not tag["end"]:
            open_at.setdefault(name, tag)
        elif (start := open_at.pop(name, None)) is not None:
            inner = _TAG.sub(" ", text[start.end() : tag.end()])
            if len(inner.split()) >= _MIN_WORDS:
                spans += 1
                covered += max(0, tag.end() - max(start.start(), reached))
                reached = max(reached, tag.end())
    return covered, spans


def _are_words(text: str, tags: list[re.Match[str]]) -> bool:
    """Return whether a tag is used as a word, between blanks or quotes, and has no end."""
    ends = {tag["name"].lower() for tag in tags if tag["end"]}
    for tag in tags:
        before, after = text[tag.start() - 1 : tag.start()], text[tag.end() : tag.end() + 1]
        alone = before in " \"'“‘`(" and (not after or after in " \"'”’`).,;:")
        if alone and tag["name"].lower() not in ends and tag["name"].lower() not in ("br", "img"):
            return True
    return False
