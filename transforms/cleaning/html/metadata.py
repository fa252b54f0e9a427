"""What a news page says about itself: JSON-LD, meta tags, microdata and <time>, in this order."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from resiliparse.parse.html import DocumentNode, HTMLTree

from transforms.cleaning.credits import MAX_NAMES, ROLE, add_persons
from transforms.cleaning.html.linked_data import linked_data, pick
from transforms.core.records import Author, RejectedRecord
from transforms.core.urls import canonical_url, domain

MAX_FIELD_CHARS = 2_000
"""Headlines, descriptions and names are cut here: longer ones are no such thing."""
MIN_BRAND_CHARS = 3
"""A shorter label of a host may be a word of the headline."""
MAX_KEYWORDS = 50
"""Keywords kept of one page."""

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report|Review)\Z|\ALiveBlog")
_PAGE_TYPE = re.compile(r"Page\Z")
_TITLE_BREAK = re.compile(r"\s+(?:[|•·»«]|-{1,2}|–|—|::?)\s+|\s*\|\s*")
_PAGE_NUMBER = re.compile(
    r"\s+(?:[-–|]\s+)?(?:halaman|page|laman|muka surat)\s+(?:\d{1,3}|all|semua)\Z", re.IGNORECASE
)

# Names of <meta>, most trusted first.
_META_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "content_publisheddate",
    "publishdate",
    "pubdate",
    "publish-date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
    "article.published",
)
_META_MODIFIED = ("article:modified_time", "og:updated_time", "lastmod", "last-modified")
_META_AUTHOR = ("author", "content_author", "article:author", "dable:author", "byl", "dc.creator")
_META_EDITOR = ("content_editor", "editor")
_META_SECTION = ("article:section", "content_category", "dable:section", "category", "section")
_META_KEYWORDS = ("news_keywords", "keywords", "content_tag")
_META_DESCRIPTION = ("og:description", "description", "twitter:description")
_META_HEADLINE = ("og:title", "twitter:title", "title", "dc.title")
_META_LANGUAGE = ("og:locale", "content-language", "language", "dc.language")


@dataclass(frozen=True, slots=True)
class Metadata:
    """A page's statements about itself, cleaned of markup but not interpreted."""

    canonical_url: str | None
    headline: str | None
    description: str | None
    authors: tuple[Author, ...]
    dates: tuple[tuple[str, str], ...]
    modified: tuple[tuple[str, str], ...]
    article_section: str | None
    keywords: tuple[str, ...]
    publisher_name: str | None
    language: str | None
    article_body: str | None
    """JSON-LD's articleBody, or where that is missing in an article, its description."""


def read_metadata(tree: HTMLTree, url: str | None = None) -> Metadata:
    """Parsed page -> what it states; JSON-LD before meta tags, microdata and <time>.

    Args:
      tree: the whole page, as parsed.
      url: where it came from; a relative canonical URL is resolved against it.

    Raises:
      RejectedRecord: "bad_markup" when the parser made no document of it.
    """
    document = tree.document
    if document is None:
        raise RejectedRecord("bad_markup", "the parser found no document")
    linked = linked_data(document)
    article = pick(linked, _ARTICLE_TYPE)
    page = article or pick(linked, _PAGE_TYPE)
    meta = _meta(document)
    publisher = _text(_name(article.get("publisher"))) or meta.get("og:site_name")
    dates, modified = _dates(document, page, meta)
    stated = [_text(article.get("headline")), _text(article.get("name"))]
    titles = [*(meta.get(name) for name in _META_HEADLINE), _text(tree.title)]
    description = _text(article.get("description")) or _first(meta, _META_DESCRIPTION)
    return Metadata(
        canonical_url=_canonical(document, page, meta, url),
        headline=_headline(document, stated, titles, (publisher, _brand(url))),
        description=description,
        authors=_authors(document, article, meta, publisher),
        dates=dates,
        modified=modified,
        article_section=_text(_flat(article.get("articleSection"))) or _first(meta, _META_SECTION),
        keywords=_keywords(article, meta),
        publisher_name=publisher,
        language=_language(document, page, meta),
        article_body=_body(article.get("articleBody")) or (description if article else None),
    )


def _meta(document: DocumentNode) -> dict[str, str]:
    """Content of <meta> by lower-case name, the first of each."""
    found: dict[str, str] = {}
    for element in document.query_selector_all("meta[content]").values():
        key = element.getattr("property") or element.getattr("name")
        key = key or element.getattr("itemprop") or element.getattr("http-equiv")
        content = _text(element.getattr("content"))
        if key and content:
            found.setdefault(key.strip().lower(), content)
    return found


def _first(meta: dict[str, str], names: Iterable[str]) -> str | None:
    return next((meta[name] for name in names if name in meta), None)


def _flat(value: object) -> object:
    """The first of a list, anything else as it is."""
    return value[0] if isinstance(value, list) and value else value


def _name(value: object) -> object:
    """A string, or the name of a person or organisation given as an object."""
    value = _flat(value)
    return value.get("name") if isinstance(value, dict) else value


def _text(value: object) -> str | None:
    """A stated value -> text on one line; None for what is none."""
    if not isinstance(value, str):
        return None
    return " ".join(value[:MAX_FIELD_CHARS].split()) or None


def _body(value: object) -> str | None:
    if isinstance(value, list):
        value = "\n".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) and value.strip() else None


def _dates(
    document: DocumentNode, page: dict[str, Any], meta: dict[str, str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """(source, raw string) of publication and of modification, most trusted first."""
    published = [("jsonld", _text(_flat(page.get("datePublished"))))]
    published += [("meta", meta.get(name)) for name in _META_PUBLISHED]
    modified = [("jsonld", _text(_flat(page.get("dateModified"))))]
    modified += [("meta", meta.get(name)) for name in _META_MODIFIED]
    selector = '[itemprop="datePublished"],[itemprop="dateModified"],time[datetime],time[pubdate]'
    for element in document.query_selector_all(selector).values()[:20]:
        said = element.getattr("itemprop") or ""
        stated = element.getattr("datetime") or element.getattr("content") or element.text
        into = modified if said == "dateModified" else published
        into.append(("microdata" if said.startswith("date") else "time", _text(stated)))
    return _unique(published), _unique(modified)


def _unique(pairs: list[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    best: dict[str, str] = {}
    for source, raw in pairs:
        if raw:
            best.setdefault(raw, source)
    # Sorting is stable: within a source, the page's order stays.
    order = ("jsonld", "meta", "microdata", "time")
    return tuple(sorted(((s, raw) for raw, s in best.items()), key=lambda p: order.index(p[0])))


def _headline(
    document: DocumentNode,
    stated: list[str | None],
    titles: list[str | None],
    sites: Iterable[str | None],
) -> str | None:
    """The headline without the site's name; <h1> decides between what the page states."""
    heads = [_text(h.text) for h in document.query_selector_all("h1").values()[:5]]
    headings = {head.casefold(): head for head in heads if head}
    candidates = [title for title in (*stated, *titles) if title]
    for title in candidates:
        for part in (title, *_TITLE_BREAK.split(title)):
            if part.casefold() in headings:
                return headings[part.casefold()]
    if not candidates:
        return next(iter(headings.values()), None)
    return _without_site(candidates[0], sites, is_stated=candidates[0] in stated)


def _without_site(title: str, sites: Iterable[str | None], *, is_stated: bool) -> str:
    """Title without the number of its page, and without the site's name at its end or start."""
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
    # Without a site's name to compare with, a short end behind a bar is one.
    is_name = "|" in breaks[-1].group() and len(tail) < len(head) and len(tail.split()) <= 4
    return head if is_name and not is_stated else title


def _brand(url: str | None) -> str | None:
    """The label of a host that names the site: "okezone" of news.okezone.com."""
    labels = (domain(url or "") or "").split(".")
    own = [label for label in labels[:-1] if label not in ("co", "com", "org", "net", "or", "go")]
    return own[-1] if own and len(own[-1]) > MIN_BRAND_CHARS else None


def _squeeze(site: str | None) -> str:
    """A site's name or host -> its letters and digits, without the ends of domains."""
    return re.sub(r"\W|\.com\b|\.co\b|\.id\b|\bwww\.", "", site or "", flags=re.I).casefold()


def _authors(
    document: DocumentNode, article: dict[str, Any], meta: dict[str, str], publisher: str | None
) -> tuple[Author, ...]:
    """Persons of the first source that names any, then editors."""
    marked = document.query_selector_all('[itemprop="author"],[rel="author"]').values()
    sources: list[Iterable[str]] = [
        list(_person_names(article.get("author"))),
        [meta[name] for name in _META_AUTHOR if name in meta],
        [element.getattr("content") or element.text or "" for element in marked[:MAX_NAMES]],
    ]
    editors = [*_person_names(article.get("editor"))]
    editors += [meta[name] for name in _META_EDITOR if name in meta]
    found: dict[str, Author] = {}
    for names in sources:
        for name in names:
            add_persons(found, name, "", publisher)
        if found:
            break
    for name in editors:
        add_persons(found, name, "editor", publisher)
    return tuple(found.values())[:MAX_NAMES]


def _person_names(value: object) -> Iterator[str]:
    """Names in a JSON-LD author: strings, persons, lists of both; organisations are none."""
    for item in value[:MAX_NAMES] if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and "Organization" not in str(item.get("@type")):
            name = item.get("name")
            yield from (
                n for n in (name if isinstance(name, list) else [name]) if isinstance(n, str)
            )


def _keywords(article: dict[str, Any], meta: dict[str, str]) -> tuple[str, ...]:
    stated = article.get("keywords") or _first(meta, _META_KEYWORDS) or ""
    items = stated if isinstance(stated, list) else str(stated).split(",")
    texts = (_text(_name(item)) for item in items[: MAX_KEYWORDS * 2])
    unique = {text.casefold(): text for text in texts if text and not ROLE.match(text)}
    return tuple(unique.values())[:MAX_KEYWORDS]


def _language(document: DocumentNode, page: dict[str, Any], meta: dict[str, str]) -> str | None:
    root = document.document_element
    stated = root.getattr("lang") or root.getattr("xml:lang") if root is not None else None
    linked = _text(_flat(page.get("inLanguage")))
    return _text(stated) or linked or _first(meta, _META_LANGUAGE)


def _canonical(
    document: DocumentNode, page: dict[str, Any], meta: dict[str, str], url: str | None
) -> str | None:
    """Canonical URL: <link rel=canonical>, og:url, JSON-LD; not a link to the site's front page."""
    link = document.query_selector('link[rel~="canonical"]')
    main = page.get("mainEntityOfPage")
    main = main.get("@id") if isinstance(main, dict) else main
    stated = [link.getattr("href") if link is not None else None]
    stated += [meta.get("og:url"), _text(page.get("url")), _text(main)]
    found = [canonical_url(one, url) for one in stated if one]
    deep = [one for one in found if one and one.count("/") > 2 and not one.endswith("/")]
    return next(iter(deep), None) or (canonical_url(url) if url else None)
