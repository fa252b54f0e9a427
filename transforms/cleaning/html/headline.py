"""A page's headline, chosen among what it states, without the name of the site."""

import re
from collections.abc import Iterable, Sequence

from warta.transforms.core.urls import domain

MIN_BRAND_CHARS = 3
"""A shorter label of a host may be a word of the headline."""
MAX_SITE_WORDS = 4
"""A longer end of a title is not a site's name."""

_TITLE_BREAK = re.compile(r"\s+(?:[|•·»«]|-{1,2}|–|—|::?)\s+|\s*\|\s*")
_PAGE_NUMBER = re.compile(
    r"\s+(?:[-–|]\s+)?(?:halaman|page|laman|muka surat)\s+(?:\d{1,3}|all|semua)\Z", re.IGNORECASE
)


def choose_headline(
    headings: Sequence[str],
    stated: Sequence[str],
    titles: Sequence[str],
    sites: Iterable[str | None],
    url: str | None,
) -> str | None:
    """Return the headline without the site's name; None where the page has none.

    Args:
      headings: The page's level-one headings; one that a title holds is the headline.
      stated: Headlines in JSON-LD, most trusted first.
      titles: Titles of meta tags and the title element, which may name the site.
      sites: Names of the site.
      url: The page's address, whose host may name the site.

    Example:
      >>> choose_headline([], [], ["Panen raya | Warta Contoh"], ["Warta Contoh"], None)
      'Panen raya'
    """
    folded = {heading.casefold(): heading for heading in headings}
    candidates = [*stated, *titles]
    for title in candidates:
        for part in (title, *_TITLE_BREAK.split(title)):
            if part.casefold() in folded:
                return folded[part.casefold()]
    if not candidates:
        return next(iter(folded.values()), None)
    return _without_site(candidates[0], (*sites, _brand(url)), is_stated=candidates[0] in stated)


def _without_site(title: str, sites: Iterable[str | None], *, is_stated: bool) -> str:
    """Return a title without its page number and the site's name at its end or start."""
    title = _PAGE_NUMBER.sub("", title)
    names = [name for name in map(_squeeze, sites) if name]
    for name in names:
        start, colon, rest = title.partition(": ")
        if colon and _squeeze(start) == name:
            return rest
    breaks = list(_TITLE_BREAK.finditer(title))
    if not breaks:
        return title
    head, tail = title[: breaks[-1].start()], title[breaks[-1].end() :]
    start, rest = title[: breaks[0].start()], title[breaks[0].end() :]
    squeezed = _squeeze(tail)
    for name in names:
        if _squeeze(start) == name:
            return rest
        if squeezed and (squeezed.startswith(name) or name.startswith(squeezed)):
            return _PAGE_NUMBER.sub("", head)
    # Without a site's name to compare with, a short end after a bar is one.
    is_short = len(tail) < len(head) and len(tail.split()) <= MAX_SITE_WORDS
    return head if "|" in breaks[-1].group() and is_short and not is_stated else title


def _brand(url: str | None) -> str | None:
    """Return the label of a host that names the site: "okezone" of news.okezone.com."""
    labels = (domain(url or "") or "").split(".")
    own = [label for label in labels[:-1] if label not in ("co", "com", "org", "net", "or", "go")]
    return own[-1] if own and len(own[-1]) > MIN_BRAND_CHARS else None


def _squeeze(site: str | None) -> str:
    """Return the letters and digits of a site's name or host, without the ends of domains."""
    return re.sub(r"\W|\.com\b|\.co\b|\.id\b|\bwww\.", "", site or "", flags=re.I).casefold()
