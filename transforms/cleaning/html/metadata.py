"""What a news page says about itself: JSON-LD before meta tags, microdata and `time` elements."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from resiliparse.parse.html import DocumentNode, ElementNode, HTMLTree

from warta.transforms.cleaning.html.headline import choose_headline
from warta.transforms.cleaning.html.linked_data import SCRIPTS, LinkedData, Node, types_of
from warta.transforms.cleaning.html.own_article import (
    PageIdentity,
    own_article,
    own_page,
)
from warta.transforms.cleaning.html.statements import Statement
from warta.transforms.cleaning.stated_authors import MAX_NAMES, ROLE, add_persons
from warta.transforms.cleaning.text.plain import plain_text
from warta.transforms.core.absent import is_absent
from warta.transforms.core.records import Author
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.urls import canonical_url

MAX_FIELD_CHARS = 2_000
"""Headlines, descriptions and names are cut here: longer ones are something else."""
MAX_KEYWORDS = 50
"""Keywords kept of one page."""
MAX_ROLES = 3
"""Roles inside of roles that are followed to a person."""
MAX_HEADINGS = 5
"""Level-one headings looked at."""

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
    "datepublished",
    "dcterms.issued",
    "dcterms.date",
    "dc.date.created",
    "og:published_time",
    "article:published",
    "article:post_time",
    "publish_date",
    "publication_date",
    "date_published",
    "published_date",
    "article_date_original",
    "originalpublicationdate",
    "citation_publication_date",
    "citation_online_date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "rnews:datepublished",
    "bt:pubdate",
    "vr:published_time",
    "shareaholic:article_published_time",
    "displaydate",
    "pdate",
    "eprints.date",
)
_META_MODIFIED = ("article:modified_time", "og:updated_time", "lastmod", "last-modified")
_META_AUTHOR = (
    *("author", "content_author", "article:author", "dable:author", "byl", "dc.creator"),
    *("parsely-author", "sailthru.author", "dcterms.creator", "citation_author", "og:author"),
)
_META_EDITOR = ("content_editor", "editor")
_META_SECTION = ("article:section", "content_category", "dable:section", "category", "section")
_META_KEYWORDS = ("news_keywords", "keywords", "content_tag")
_META_DESCRIPTION = ("og:description", "description", "twitter:description")
_META_HEADLINE = ("og:title", "twitter:title", "title", "dc.title")
_META_LANGUAGE = ("og:locale", "content-language", "language", "dc.language")
_SOURCES = ("jsonld", "meta", "microdata", "time")
"""Of dates, most trusted first."""
_ORGANISATION = re.compile(
    r"Organization\Z|Corporation\Z|WebSite\Z|Brand\Z|Newspaper\Z|Periodical\Z"
)

_STATING = f'meta[content],link[rel~="canonical"],base[href],h1,{SCRIPTS}'

StatedDates = tuple[tuple[str, str], ...]
"""(source, raw string) pairs, most trusted first."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """A page's statements about itself, as plain text but not interpreted."""

    canonical_url: str | None
    headline: str | None
    description: str | None
    authors: tuple[Author, ...]
    dates: StatedDates
    modified: StatedDates
    article_section: str | None
    keywords: tuple[str, ...]
    publisher_name: str | None
    language: str | None
    article_body: str | None
    """JSON-LD's articleBody, or where that is missing in an article, its description."""


class StatedMetadata:
    """What the head of a page and its JSON-LD state, before its body has been looked at."""

    def __init__(self, tree: HTMLTree, url: str | None = None) -> None:
        """Read a parsed page.

        Args:
          tree: The whole page, as parsed.
          url: Where it came from; a relative canonical URL is resolved against it.

        Raises:
          RejectedRecord: "bad_markup" when the parser made no document of it.
        """
        document = tree.document
        if document is None:
            raise RejectedRecord("bad_markup", "the parser found no document")
        self._document = document
        self._url = url
        elements = _stating_elements(document)
        self._meta = _read_meta(elements["meta"])
        self._linked = LinkedData.of(elements["script"])
        links, bases = elements["link"], elements["base"]
        self._stated_base = bases[0].getattr("href") if bases else None
        self._links = (links[0].getattr("href") if links else None, self._meta.get("og:url"))
        self._headings = tuple(
            heading for element in elements["h1"][:MAX_HEADINGS] if (heading := _text(element.text))
        )
        title = _text(tree.title)
        self._titles = (*self._all(_META_HEADLINE), *((title,) if title else ()))
        page = PageIdentity.of((*self._links, url), (*self._headings, *self._titles), url)
        self._article = own_article(self._linked, page)
        self._page = own_page(self._linked, page)
        self.publisher = self._publisher()
        self.headline = self._headline()

    def with_body(self, statements: Iterable[Statement]) -> Metadata:
        """Return the metadata, given what the body states of the article.

        Args:
          statements: Dates and authors that the page's own article is marked with.
        """
        statements = list(statements)
        said = self._article or self._page
        description = _text(self._linked.first(self._article.get("description")))
        description = description or self._first(_META_DESCRIPTION)
        dates, modified = self._dates(statements)
        section = _text(self._linked.name(self._article.get("articleSection")))
        body = self._body() or (description if self._article else None)
        return Metadata(
            canonical_url=self._canonical(said),
            headline=self.headline,
            description=description,
            authors=self._authors(statements),
            dates=dates,
            modified=modified,
            article_section=section or self._first(_META_SECTION),
            keywords=self._keywords(),
            publisher_name=self.publisher,
            language=self._language(said),
            article_body=body,
        )

    def _first(self, names: Iterable[str]) -> str | None:
        return next(self._all(names), None)

    def _all(self, names: Iterable[str]) -> Iterator[str]:
        """Yield what the meta elements of some names say, as plain text."""
        stated = filter(self._meta.__contains__, names)
        return (text for name in stated if (text := _text(self._meta[name])))

    def _publisher(self) -> str | None:
        """Return the publisher's name: what JSON-LD says, else the site's name."""
        stated = _name(self._linked, self._article.get("publisher"))
        stated = stated or self._first(("og:site_name",))
        if stated:
            return stated
        parts = [*self._linked.values(self._article.get("isPartOf"))]
        # A page is part of the site, and says so in turn.
        parts += [
            whole
            for part in parts
            if isinstance(part, dict)
            for whole in self._linked.values(part.get("isPartOf"))
        ]
        parts += self._linked.values(self._article.get("sourceOrganization"))
        parts += [one for one in self._linked.nodes if "WebSite" in types_of(one)]
        for part in parts:
            if isinstance(part, dict) and any(map(_ORGANISATION.search, types_of(part))):
                stated = _name(self._linked, part) or _name(self._linked, part.get("publisher"))
                if stated:
                    return stated
        return None

    def _headline(self) -> str | None:
        stated = (self._article.get("headline"), self._article.get("name"))
        texts = [_text(self._linked.first(one)) for one in stated]
        sites = (self.publisher,)
        return choose_headline(
            self._headings, [text for text in texts if text], self._titles, sites, self._url
        )

    def _body(self) -> str | None:
        parts = self._linked.values(self._article.get("articleBody"))
        body = "\n".join(part for part in parts if isinstance(part, str))
        return body if body.strip() else None

    def _dates(self, statements: list[Statement]) -> tuple[StatedDates, StatedDates]:
        """Return the dates of publication and of modification."""
        said = self._article or self._page
        first = self._linked.first
        created = (said.get(name) for name in ("datePublished", "dateCreated", "uploadDate"))
        published = [("jsonld", _date(first(one))) for one in created if one]
        published += [("meta", text) for text in self._all(_META_PUBLISHED)]
        modified = [("jsonld", _date(first(said.get("dateModified"))))]
        modified += [("meta", text) for text in self._all(_META_MODIFIED)]
        for one in statements:
            if one.says == "published":
                published.append((one.source, one.value))
            elif one.says == "modified":
                modified.append((one.source, one.value))
        return _unique(published), _unique(modified)

    def _authors(self, statements: list[Statement]) -> tuple[Author, ...]:
        """Return the persons of the first source that names any, then editors."""
        article = self._article
        sources: tuple[Iterable[str], ...] = (
            _persons(self._linked, article.get("author")),
            _persons(self._linked, article.get("creator")),
            self._all(_META_AUTHOR),
            (one.value for one in statements if one.says == "author"),
        )
        editors = [*_persons(self._linked, article.get("editor"))]
        editors += self._all(_META_EDITOR)
        found: dict[str, Author] = {}
        for names in sources:
            for name in names:
                add_persons(found, name, "", self.publisher)
            if found:
                break
        for name in editors:
            add_persons(found, name, "editor", self.publisher)
        return tuple(found.values())[:MAX_NAMES]

    def _keywords(self) -> tuple[str, ...]:
        values = list(self._linked.values(self._article.get("keywords")))
        stated = values or [self._first(_META_KEYWORDS) or ""]
        names: list[str] = []
        for value in stated:
            name = _name(self._linked, value)
            # A list has one keyword a member; a string, several separated by commas.
            names += (name or "").split(",") if len(stated) == 1 else [name or ""]
        texts = (" ".join(name.split()) for name in names[: MAX_KEYWORDS * 2])
        unique = {text.casefold(): text for text in texts if text and not ROLE.match(text)}
        return tuple(unique.values())[:MAX_KEYWORDS]

    def _language(self, said: Node) -> str | None:
        root = self._document.document_element
        stated = root.getattr("lang") or root.getattr("xml:lang") if root is not None else None
        linked = _text(self._linked.name(said.get("inLanguage")))
        return _text(stated) or linked or self._first(_META_LANGUAGE)

    def _base(self) -> str | None:
        """Return what the page's links are relative to."""
        stated = (self._stated_base or "").strip()
        try:
            return urljoin(self._url or "", stated) if stated else self._url
        except ValueError:
            return self._url

    def _canonical(self, said: Node) -> str | None:
        """Return the canonical URL of links, meta tags or JSON-LD; never the site's front page."""
        main = self._linked.first(said.get("mainEntityOfPage"))
        main = main.get("@id") if isinstance(main, dict) else main
        stated = (*self._links, _text(self._linked.first(said.get("url"))), _text(main))
        found = [canonical_url(one, self._base()) for one in stated if one]
        deep = [one for one in found if one and one.count("/") > 2 and not one.endswith("/")]
        if deep or not self._url:
            return next(iter(deep), None)
        return canonical_url(self._url, None)


def _stating_elements(document: DocumentNode) -> dict[str, list[ElementNode]]:
    """Return the elements that state something, by tag: one walk over the page for all."""
    found: dict[str, list[ElementNode]] = defaultdict(list)
    for element in document.query_selector_all(_STATING).values():
        found[element.tag or ""].append(element)
    return found


def _read_meta(elements: Iterable[ElementNode]) -> dict[str, str]:
    """Return what meta elements say, as written, by lower-case name: all authors, else the first.

    Those of microdata count in the head alone: in the body they may speak of a comment or a teaser.
    """
    found: dict[str, str] = {}
    for element in elements:
        key = element.getattr("property") or element.getattr("name")
        key = key or element.getattr("http-equiv")
        if not key and element.closest("head") is not None:
            key = element.getattr("itemprop")
        content = element.getattr("content")
        if key and content and not content.isspace():
            key = key.strip().lower()
            if key in _META_AUTHOR and key in found and "://" not in content + found[key]:
                found[key] += f"; {content}"
            found.setdefault(key, content)
    return found


def _text(value: object) -> str | None:
    """Return a stated value as plain text on one line; None for what is not text."""
    if not isinstance(value, str):
        return None
    value = value[:MAX_FIELD_CHARS]
    # Most fields are plain: nothing else changes them.
    is_plain = value.isascii() and "&" not in value and "<" not in value and value.isprintable()
    return (" ".join(value.split()) if is_plain else plain_text(value)) or None


def _date(value: object) -> str | None:
    """Return a stated date as text: some pages count seconds, as numbers."""
    is_count = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_count else _text(value)


def _name(linked: LinkedData, value: object) -> str | None:
    """Return the name of a person, a term or an organisation; an address is not a name."""
    text = _text(linked.name(value))
    return None if text is None or "://" in text or is_absent(text) else text


def _persons(linked: LinkedData, value: object, depth: int = 0) -> Iterator[str]:
    """Yield the names in a JSON-LD author: strings and persons; organisations are left out."""
    for one in list(linked.values(value))[:MAX_NAMES]:
        if isinstance(one, str):
            yield plain_text(one)
        elif isinstance(one, dict) and _is_person(one):
            stated = linked.values(one.get("name"))
            names = [name for name in stated if isinstance(name, str) and name.strip()]
            parts = (one.get(part) for part in ("givenName", "additionalName", "familyName"))
            names = names or [" ".join(part for part in parts if isinstance(part, str))]
            if not names[0].strip():
                names = [name for name in _other_names(linked, one) if isinstance(name, str)]
            if any(name.strip() for name in names):
                yield from map(plain_text, names)
            elif depth < MAX_ROLES:
                # A role holds the person under the property's own name.
                yield from _persons(linked, one.get("author") or one.get("creator"), depth + 1)


def _other_names(linked: LinkedData, node: Node) -> Iterator[object]:
    """Yield what else names a person without a name: another object of the same address."""
    address = node.get("url") or node.get("sameAs")
    if isinstance(address, str):
        same = (one for one in linked.nodes if one.get("url") == address and _is_person(one))
        yield from (linked.first(one["name"]) for one in same if one.get("name"))
    yield from linked.values(node.get("alternateName"))


def _is_person(node: Node) -> bool:
    """Return whether an author may be a person; a site's owner is both, and counts as one."""
    kinds = types_of(node)
    return "Person" in kinds or not any(map(_ORGANISATION.search, kinds))


def _unique(pairs: list[tuple[str, str | None]]) -> StatedDates:
    best: dict[str, str] = {}
    for source, raw in pairs:
        if raw:
            best.setdefault(raw, source)
    # Sorting is stable: within a source, the page's order stays.
    return tuple(sorted(((s, raw) for raw, s in best.items()), key=lambda p: _SOURCES.index(p[0])))
