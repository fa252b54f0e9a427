"""Which object of a page's JSON-LD is the page's own article.

Pages also describe other stories: teasers, the next article of an endless page, a list of the most
read. The own one has the page's address or its headline; an object with the address and the
headline of another story is never taken, even where it is the only one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from warta.transforms.cleaning.html.linked_data import LinkedData, Node, types_of
from warta.transforms.core.urls import canonical_url

ADDRESS_SCORE = 4
"""For the page's own address; taken off for that of another page."""
HEADLINE_SCORE = 3
"""The same for headlines: sites have several for one story, so they weigh less."""
OTHERS_SCORE = 2
"""Taken off an object that hangs below a list of other things."""
LEAST_SCORE = -1
"""Of what is taken at all: another address with the own headline, as of a mirror, still is."""
SAME_SHARE = 0.6
"""Headlines that share so many of the shorter one's words are of one story."""
OTHER_SHARE = 0.2
"""Those that share no more are of two."""
MIN_WORDS = 2
"""Shorter headlines are not compared."""

_ARTICLE_TYPE = re.compile(r"(?:Article|(?<!Job)Posting|Report|Review)\Z|\ALiveBlog")
_PAGE_TYPE = re.compile(r"Page\Z")
_SAYS = ("headline", "articleBody", "datePublished", "author")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PageIdentity:
    """What a page says of itself outside of JSON-LD."""

    addresses: frozenset[str]
    """Canonical URLs of the page: of its links, its meta tags and where it came from."""
    headlines: tuple[frozenset[str], ...]
    """Words of its headings and titles."""
    base: str | None
    """What relative addresses are relative to."""

    @classmethod
    def of(
        cls, addresses: Iterable[str | None], headlines: Iterable[str | None], base: str | None
    ) -> "PageIdentity":
        """Return the identity for what a page states, in any form."""
        found = (canonical_url(one, base) for one in addresses if one)
        words = (_words(one) for one in headlines if one)
        return cls(
            frozenset(one for one in found if one and _is_deep(one)),
            tuple(one for one in words if len(one) >= MIN_WORDS),
            base,
        )


def own_article(linked: LinkedData, page: PageIdentity) -> Node:
    """Return the JSON-LD of the page's own article; {} where there is none.

    What the object does not say is filled from others about the same story.
    """
    scored = _scored(linked, page, _ARTICLE_TYPE)
    if not scored or scored[0][0] < LEAST_SCORE:
        return {}
    best = dict(scored[0][1])
    for score, node in scored[1:]:
        if score > 0 and score >= scored[0][0] - OTHERS_SCORE:
            best |= {name: value for name, value in node.items() if not best.get(name)}
    return best


def own_page(linked: LinkedData, page: PageIdentity) -> Node:
    """Return the JSON-LD of the page itself (WebPage); {} where there is none."""
    scored = _scored(linked, page, _PAGE_TYPE)
    return scored[0][1] if scored and scored[0][0] >= LEAST_SCORE else {}


def _scored(
    linked: LinkedData, page: PageIdentity, kind: re.Pattern[str]
) -> list[tuple[int, Node]]:
    """Return the objects of a type with how surely they are the page's, best first."""
    found = [
        (_score(linked, node, page), node)
        for node in linked.nodes
        if any(node.get(name) for name in _SAYS) and any(map(kind.search, types_of(node)))
    ]
    return sorted(found, key=lambda pair: -pair[0])


def _score(linked: LinkedData, node: Node, page: PageIdentity) -> int:
    score = -OTHERS_SCORE if linked.is_of_others(node) else 0
    own = set(_addresses(linked, node, ("url", "mainEntityOfPage"), page.base))
    hinted = set(_addresses(linked, node, ("@id", "isPartOf"), page.base))
    if (own | hinted) & page.addresses:
        score += ADDRESS_SCORE
    elif own and page.addresses:
        score -= ADDRESS_SCORE
    headline = linked.name(node.get("headline") or node.get("name"))
    words = _words(headline) if isinstance(headline, str) else frozenset()
    if len(words) >= MIN_WORDS and page.headlines:
        shared = max(_overlap(words, one) for one in page.headlines)
        score += HEADLINE_SCORE * (shared >= SAME_SHARE) - HEADLINE_SCORE * (shared <= OTHER_SHARE)
    return score


def _addresses(
    linked: LinkedData, node: Node, names: tuple[str, ...], base: str | None
) -> Iterator[str]:
    """Yield the canonical URLs that an object names in some of its properties."""
    for name in names:
        for value in linked.values(node.get(name)):
            for one in (
                (value.get("@id"), value.get("url")) if isinstance(value, dict) else (value,)
            ):
                url = canonical_url(one, base) if isinstance(one, str) and "/" in one else None
                if url and _is_deep(url):
                    yield url


def _is_deep(url: str) -> bool:
    """Return whether a canonical URL can be that of an article, rather than a site's front."""
    return url.count("/") > 2 and not url.endswith("/")


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text[:500].casefold()))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / min(len(one), len(other))
