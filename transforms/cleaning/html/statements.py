"""Dates and authors that elements of a page's body state.

Comments, teasers and sidebars are marked with dates and authors too. So each such element leaves a
mark in the tree; when the article has been found, the marks show where they are in relation to it
(`own_statements.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from resiliparse.parse.html import ElementNode, HTMLTree

from warta.transforms.cleaning.html.blocks import mark_text
from warta.transforms.cleaning.html.parsing import ParsedPage
from warta.transforms.cleaning.text.plain import plain_text

MAX_STATEMENTS = 60
"""Elements looked at in one page."""
MAX_LINKS = 20
"""Links looked at beside one of them."""
MAX_MARK_CHARS = 12
"""Length of the text that marks a place, with blanks around it."""
EVERYWHERE = -1
"""The mark of what is not in the text, as the page's head is, or a footer of the article."""
MAX_VALUE_CHARS = 500
"""Longer values are not dates or names."""
LINK_TITLE_WORDS = 4
"""A link with so many words of three letters is a title; dates, sections and persons have fewer."""
ASIDE_CHARS = 600
"""Longest aside or footer of an article that may state its date."""

_STATED = (
    '[itemprop]:is([itemprop~="datePublished"],[itemprop~="dateModified"],'
    '[itemprop~="dateCreated"],[itemprop~="author"]),'
    '[property]:is([property$="datePublished"],[property$="dateModified"],'
    '[property="author"],[property="schema:author"]),'
    'time:is([datetime],[pubdate]),abbr.published[title],[rel~="author"]'
)
"""One look for each attribute, whatever its values: half the time of a list of all pairs."""
_ASIDE = (
    'nav,aside,footer,figcaption,dialog,menu,button,[hidden],[aria-hidden="true"],'
    '[role="navigation"],[role="complementary"],[role="contentinfo"],[role="banner"]'
)
"""Elements that are taken out of a page before it is cut, with the marks in them."""
_OTHER_TYPE = re.compile(
    r"(?:Comments?|Review|Rating|Answer|Product|Event|ImageObject|VideoObject)\Z"
)
_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report)\Z")
_OWN_PROPERTIES = re.compile(r"\b(?:mainEntity|mainEntityOfPage|blogPost)\b")
"""What the page's own article may be to the page; citations and parts are others."""
_SURE_CLASS = re.compile(
    r"\b(?:published|entry-date|post-date|publish-date|date-published)\b", re.I
)
_CHANGED_CLASS = re.compile(r"\b(?:updated|modified|date-modified|last-updated)\b", re.I)
_INLINE = frozenset(["a", "abbr", "b", "em", "i", "small", "span", "strong", "time"])
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A date or an author that an element of a page states."""

    says: str
    """published, modified or author."""
    source: str
    """microdata or time: how it is marked."""
    value: str
    is_sure: bool
    """Whether it is marked as that of an article, rather than as any time or link."""
    mark: int
    """The number of its mark in the page; `EVERYWHERE` for one that counts wherever it is."""
    is_beside_title: bool = False
    """Whether the title of another article is linked beside it."""
    is_scoped: bool = False
    """Whether it belongs to an article of microdata that holds the headline."""


def mark_statements(page: ParsedPage) -> list[Statement]:
    """Return what elements of a page state of dates and authors, and mark where they are.

    Args:
      page: Texts that mark places are put into its tree.
    """
    tree, document = page.tree, page.tree.document
    found: list[Statement] = []
    elements = document.query_selector_all(_STATED).values()[:MAX_STATEMENTS] if document else []
    if document is None or not elements:
        return found
    has_scopes = "itemscope" in page.markup
    heading = document.query_selector("h1") if has_scopes else None
    headline = f"{heading.text} {tree.title}" if heading is not None else ""
    for element in elements:
        scope = _Scope.of(element, headline) if has_scopes else _NO_SCOPE
        mark = _place_mark(tree, element, scope, len(found))
        if mark is not None:
            make = _dates_of if _is_dated(element) else _authors_of
            is_beside_title = mark >= 0 and _is_beside_title(element)
            found.extend(
                replace(one, is_beside_title=is_beside_title, is_scoped=scope.holds_headline)
                for one in make(element, mark)
            )
    return found


def _is_dated(element: ElementNode) -> bool:
    said = element.getattr("itemprop") or element.getattr("property") or ""
    return element.tag in ("time", "abbr") or "date" in said


class _Scope(NamedTuple):
    """The item of microdata that an element is a property of."""

    is_others: bool
    """Whether it is a comment, a citation or the like."""
    holds_headline: bool
    """Whether it is an article with the page's headline."""
    is_bare: bool
    """Whether it holds nothing that is seen."""

    @classmethod
    def of(cls, element: ElementNode, headline: str) -> "_Scope":
        parent = _parent(element)
        scope = parent.closest("[itemscope]") if parent is not None else None
        if scope is None:
            return _NO_SCOPE
        kind = (scope.getattr("itemtype") or "").strip()
        said = scope.getattr("itemprop") or ""
        is_part = bool(said) and _OWN_PROPERTIES.search(said) is None
        is_article = _ARTICLE_TYPE.search(kind) is not None
        holds_headline = is_article and scope.query_selector("h1") is not None
        is_part |= is_article and not holds_headline and _states_another(scope, headline)
        return cls(
            is_others=is_part or _OTHER_TYPE.search(kind) is not None,
            holds_headline=holds_headline,
            is_bare=is_article
            and scope.query_selector("a") is None
            and not (scope.text or "").strip(),
        )


def _states_another(scope: ElementNode, headline: str) -> bool:
    """Return whether an article of microdata has a headline that the page's own does not hold."""
    stated = scope.query_selector('[itemprop~="headline"]') if headline else None
    if stated is None:
        return False
    text = stated.getattr("content") or stated.text or ""
    return plain_text(text).casefold() not in plain_text(headline).casefold()


_NO_SCOPE = _Scope(is_others=False, holds_headline=False, is_bare=False)


def _place_mark(tree: HTMLTree, element: ElementNode, scope: _Scope, number: int) -> int | None:
    """Mark the place of an element, and return its number; None where it is not the article's."""
    if scope.is_others:
        return None
    is_meta = element.tag in ("meta", "link")
    if scope.is_bare or (is_meta and element.closest("head") is not None):
        return EVERYWHERE
    aside = element.closest(_ASIDE)
    parent = element.parent
    if aside is None and parent is not None:
        mark = tree.create_text_node(mark_text(number))
        if mark is not None:
            parent.insert_before(mark, element)
        return number
    return EVERYWHERE if aside is not None and _is_own_aside(aside, scope) else None


def _is_own_aside(aside: ElementNode, scope: _Scope) -> bool:
    """Return whether an aside or a footer is the article's own, as one with its byline is."""
    around = aside.closest("article,main") if aside.tag in ("aside", "footer") else None
    if around is None or around.query_selector("h1") is None:
        return False
    return scope.holds_headline or (_is_short(aside) and not _links_title(aside))


def _parent(element: ElementNode) -> ElementNode | None:
    parent = element.parent
    return parent if isinstance(parent, ElementNode) else None


def _is_beside_title(element: ElementNode) -> bool:
    """Return whether the block around an element is a teaser: short, with a title in it."""
    own = len(element.text or "") + MAX_MARK_CHARS
    around = _parent(element)
    # What wraps the element alone is not a block of its own.
    while around is not None and (around.tag in _INLINE or len(around.text or "") <= own):
        around = _parent(around)
    if around is None or not _is_short(around) or around.query_selector("h1") is not None:
        return False
    return _links_title(around)


def _is_short(element: ElementNode) -> bool:
    return len(element.text or "") <= ASIDE_CHARS


def _links_title(element: ElementNode) -> bool:
    """Return whether a link in an element reads like the title of an article."""
    return any(map(_is_title, element.query_selector_all("a").values()[:MAX_LINKS]))


def _is_title(link: ElementNode) -> bool:
    words = _count_words(link)
    if words < LINK_TITLE_WORDS:
        return False
    times = link.query_selector_all("time").values()
    return words - sum(map(_count_words, times)) >= LINK_TITLE_WORDS


def _count_words(element: ElementNode) -> int:
    return len(_WORD.findall(element.text or ""))


def _dates_of(element: ElementNode, mark: int) -> Iterator[Statement]:
    said = element.getattr("itemprop") or element.getattr("property") or ""
    names = element.getattr("class") or ""
    value = element.getattr("datetime") or element.getattr("content") or element.getattr("title")
    value = plain_text((value or element.text or "")[:MAX_VALUE_CHARS])
    is_stated = "date" in said
    # Of two classes, published and updated, the first counts: the page has one time for both.
    is_published = "Published" in said or bool(_SURE_CLASS.search(names))
    is_published |= element.getattr("pubdate") is not None
    is_changed = "Modified" in said or (not is_published and bool(_CHANGED_CLASS.search(names)))
    is_sure = is_stated or is_published
    if value and (mark >= 0 or is_sure):
        says = "modified" if is_changed else "published"
        yield Statement(says, "microdata" if is_stated else "time", value, is_sure, mark)


def _authors_of(element: ElementNode, mark: int) -> Iterator[Statement]:
    if "Organization" in (element.getattr("itemtype") or ""):
        return
    parts = element.query_selector_all('[itemprop~="name"],[property~="name"]').values()
    for part in parts or [element]:
        name = plain_text((part.getattr("content") or part.text or "")[:MAX_VALUE_CHARS])
        if name:
            yield Statement("author", "microdata", name, is_sure=True, mark=mark)
