"""What a news page says about itself: JSON-LD, meta tags, microdata and <time>, in this order."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from resiliparse.parse.html import DocumentNode, HTMLTree

from transforms.cleaning.urls import canonical_url
from transforms.records import Author, RejectedRecord

MAX_NODES = 2_000
"""Objects of JSON-LD looked at in one page."""
MAX_FIELD_CHARS = 2_000
"""Headlines, descriptions and names are cut here: longer ones are no such thing."""
MAX_NAMES = 20
"""Authors kept of one page."""
MAX_KEYWORDS = 50
"""Keywords kept of one page."""
MAX_AUTHOR_WORDS = 6
"""A longer "name" is a sentence."""

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report|Review)\Z|\ALiveBlog")
_PAGE_TYPE = re.compile(r"Page\Z")
_JSON_NOISE = re.compile(
    r"\A\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\]\]>|\]\]>)\s*+;?\s*+\Z"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_TITLE_BREAK = re.compile(r"\s+(?:[|•·»«]|-{1,2}|–|—|::?)\s+|\s*\|\s*")
_NAME_BREAK = re.compile(r"\s*(?:[,;|/&]|\s(?:dan|and|und|y|et)\s)\s*", re.IGNORECASE)
_ROLE = re.compile(
    r"\A\W*(oleh|by|von|por|par|penulis|reporter|wartawan|pewarta|jurnalis|author|"
    r"editor|penyunting|redaktur|uploader|foto|photo|kontributor)\b\s*[:\-–]?\s*",
    re.IGNORECASE,
)
_ROLES = {
    **dict.fromkeys(("reporter", "wartawan", "pewarta", "jurnalis"), "reporter"),
    **dict.fromkeys(("editor", "penyunting", "redaktur", "uploader"), "editor"),
    **dict.fromkeys(("foto", "photo"), "photographer"),
    "kontributor": "contributor",
}
_NO_PERSON = re.compile(
    r"\A(?:admin\w*|administrator|redaksi\b.*|editorial.*|editors?|newsroom|news ?desk|staff.*|"
    r"tim\b.*|team\b.*|web ?master|author|guest|anonymous|anonim|none|null|undefined|unknown|"
    r"penulis|wartawan|reporter)\Z|\b(?:media|news|newsroom|network|desk|agency|tv|antara|reuters|"
    r"afp|cnn|bbc|kompas|tribun)\b|\.(?:com|co|id|net|org|tv|news)\b|@|://|\d{3}",
    re.IGNORECASE,
)
"""Newsrooms, addresses and placeholders, in the places where persons' names belong."""

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
    linked = _linked_data(document)
    article = _pick(linked, _ARTICLE_TYPE)
    page = article or _pick(linked, _PAGE_TYPE)
    meta = _meta(document)
    publisher = _text(_name(article.get("publisher"))) or meta.get("og:site_name")
    dates, modified = _dates(document, page, meta)
    stated = [_text(article.get("headline")), _text(article.get("name"))]
    titles = [*(meta.get(name) for name in _META_HEADLINE), _text(tree.title)]
    description = _text(article.get("description")) or _first(meta, _META_DESCRIPTION)
    return Metadata(
        canonical_url=_canonical(document, page, meta, url),
        headline=_headline(document, stated, titles, publisher),
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


def _linked_data(document: DocumentNode) -> list[dict[str, Any]]:
    """All objects of the page's JSON-LD, outer before inner."""
    nodes: list[dict[str, Any]] = []
    scripts = document.query_selector_all('script[type*="ld+json"]').values()
    queue: list[Any] = [_json(script.text or "") for script in scripts]
    for value in queue:
        if len(nodes) >= MAX_NODES:
            break
        if isinstance(value, dict):
            nodes.append(value)
            queue.extend(inner for inner in value.values() if isinstance(inner, dict | list))
        elif isinstance(value, list):
            queue.extend(value[:MAX_NODES])
    return nodes


def _json(text: str) -> Any:
    """JSON-LD as it is found, mended where sites commonly break it; None when beyond that."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        mended = _TRAILING_COMMA.sub("", _JSON_NOISE.sub("", text)).strip().rstrip(";")
    try:
        # Takes line breaks and tabs inside strings, which orjson refuses.
        return json.loads(mended, strict=False)
    except (ValueError, RecursionError):
        return None


def _pick(nodes: list[dict[str, Any]], kind: re.Pattern[str]) -> dict[str, Any]:
    """The first object of a type that has anything to say; {} when there is none."""
    for node in nodes:
        types = node.get("@type")
        for name in types if isinstance(types, list) else [types]:
            if isinstance(name, str) and kind.search(name) and _is_main(node):
                return node
    return {}


def _is_main(node: dict[str, Any]) -> bool:
    return any(node.get(key) for key in ("headline", "articleBody", "datePublished", "author"))


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
    publisher: str | None,
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
    return _without_site(candidates[0], publisher, is_stated=candidates[0] in stated)


def _without_site(title: str, publisher: str | None, *, is_stated: bool) -> str:
    """Title without the site's name at its end or start."""
    breaks = list(_TITLE_BREAK.finditer(title))
    if not breaks:
        return title
    site = re.sub(r"\W|\.com\b|\.co\b|\.id\b", "", publisher or "", flags=re.IGNORECASE).casefold()
    head, tail = title[: breaks[-1].start()], title[breaks[-1].end() :]
    start, rest = title[: breaks[0].start()], title[breaks[0].end() :]
    if site and re.sub(r"\W", "", start).casefold() == site:
        return rest
    squeezed = re.sub(r"\W", "", tail).casefold()
    if site and squeezed and (squeezed.startswith(site) or site.startswith(squeezed)):
        return head
    # Without a site's name to compare with, a short end behind a bar is one.
    is_name = "|" in breaks[-1].group() and len(tail) < len(head) and len(tail.split()) <= 4
    return head if is_name and not is_stated else title


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
            _add_persons(found, name, "", publisher)
        if found:
            break
    for name in editors:
        _add_persons(found, name, "editor", publisher)
    return tuple(found.values())[:MAX_NAMES]


def persons(names: Iterable[str], publisher: str | None) -> tuple[Author, ...]:
    """Credits as a source states them -> the persons among them, with their roles.

    Newsrooms, addresses, placeholders and the publisher itself are no persons.
    """
    found: dict[str, Author] = {}
    for name in names:
        _add_persons(found, name, "", publisher)
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


def _add_persons(found: dict[str, Author], names: str, role: str, publisher: str | None) -> None:
    names = _text(names) or ""
    if "://" in names:
        return
    for part in _NAME_BREAK.split(names):
        stated = _ROLE.match(part)
        name = part[stated.end() :] if stated else part
        name = name.strip(" .-–:()[]")
        is_publisher = bool(publisher) and name.casefold() == str(publisher).casefold()
        if not name or is_publisher or _NO_PERSON.search(name):
            continue
        if len(name.split()) <= MAX_AUTHOR_WORDS and any(map(str.isalpha, name)):
            said = _ROLES.get(stated[1].lower(), role) if stated else role
            found.setdefault(name.casefold(), Author(name, said))


def _keywords(article: dict[str, Any], meta: dict[str, str]) -> tuple[str, ...]:
    stated = article.get("keywords") or _first(meta, _META_KEYWORDS) or ""
    items = stated if isinstance(stated, list) else str(stated).split(",")
    texts = (_text(_name(item)) for item in items[: MAX_KEYWORDS * 2])
    unique = {text.casefold(): text for text in texts if text and not _ROLE.match(text)}
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
