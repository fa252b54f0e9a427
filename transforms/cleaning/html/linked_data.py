"""JSON-LD of a page: its objects, joined where they name each other by `@id`.

Sites break JSON-LD in many ways, so text that no parser takes is mended, and where that fails the
fields that can still be read are taken out of it (`script_json.py`).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from resiliparse.parse.html import ElementNode

from warta.transforms.cleaning.html.script_json import parse_json

MAX_NODES = 2_000
"""Objects of JSON-LD looked at in one page."""
MAX_VALUES = 100
"""Members of a list of values, nested lists included, that are looked at."""

Node = dict[str, Any]

SCRIPTS = 'script[type*="ld+json" i],script[type*="json+ld" i]'
_PREFIXES = ("schema:", "http://schema.org/", "https://schema.org/")
_ALIASES = {"id": "@id", "type": "@type"}
_ABOUT_OTHERS_NAMES = """
about associatedArticle backstory blogPost blogPosts citation comment dataFeedElement hasPart
isBasedOn itemListElement liveBlogUpdate mentions recordedIn relatedLink review significantLink
subjectOf video workExample
"""
_ABOUT_OTHERS = frozenset(_ABOUT_OTHERS_NAMES.split())
"""Properties whose values are other things than the page's own article."""


class LinkedData:
    """The objects of a page's JSON-LD, outer before inner."""

    def __init__(self, values: list[Any]) -> None:
        """Index the objects in parsed values; these are changed to plain schema.org names."""
        self.nodes: list[Node] = []
        self._others: set[int] = set()
        self._by_id: dict[str, Node] = {}
        self._by_fragment: dict[str, Node] = {}
        queue: list[tuple[Any, bool]] = [(value, False) for value in values]
        for value, is_other in queue:
            if len(self.nodes) >= MAX_NODES:
                break
            if isinstance(value, dict):
                self._add(value, is_other)
                queue.extend(
                    (inner, is_other or name in _ABOUT_OTHERS)
                    for name, inner in value.items()
                    if isinstance(inner, dict | list)
                )
            elif isinstance(value, list):
                queue.extend((inner, is_other) for inner in value[:MAX_NODES])

    @classmethod
    def of(cls, scripts: Iterable[ElementNode]) -> "LinkedData":
        """Return the JSON-LD of a parsed page, of the elements that `SCRIPTS` selects."""
        return cls([parse_json(script.text or "") for script in scripts])

    def _add(self, node: Node, is_other: bool) -> None:
        _shorten_names(node)
        self.nodes.append(node)
        if is_other:
            self._others.add(id(node))
        name = node.get("@id")
        if isinstance(name, str) and len(node) > 1:
            known = self._by_id.setdefault(name, {})
            for key, value in node.items():
                known.setdefault(key, value)
            self._by_fragment.setdefault(name[name.find("#") :], known)

    def is_of_others(self, node: Node) -> bool:
        """Return whether an object hangs below a list of other things, as teasers do."""
        return id(node) in self._others

    def resolve(self, value: object) -> object:
        """Return what a reference names; anything else as it is.

        A reference is an object with an `@id`, or a string that is one. What the reference says
        itself takes precedence over what the object of that name says.
        """
        if isinstance(value, str):
            return self._named(value) or value
        if not isinstance(value, dict):
            return value
        if "@value" in value:
            return value["@value"]
        name = value.get("@id")
        known = self._named(name) if isinstance(name, str) else None
        return {**known, **{k: v for k, v in value.items() if v}} if known else value

    def _named(self, name: str) -> Node | None:
        """Return the object of a name, which one of the two may state relative to the page."""
        if name.startswith(("#", "/#")):
            name = name.lstrip("/")
            return self._by_id.get(name) or self._by_fragment.get(name)
        return self._by_id.get(name) or self._by_id.get(name[name.find("#") :])

    def values(self, value: object) -> Iterator[object]:
        """Yield the members of a value, nested lists opened and references resolved."""
        stack, seen = [value], 0
        while stack and seen < MAX_VALUES:
            seen += 1
            one = stack.pop()
            if isinstance(one, dict):
                one = one.get("@list") or one.get("@set") or self.resolve(one)
            elif isinstance(one, str):
                one = self.resolve(one)
            if isinstance(one, list):
                stack.extend(reversed(one[:MAX_VALUES]))
            elif one is not None:
                yield one

    def first(self, value: object) -> object:
        """Return the first member of a value, resolved; None where there is none."""
        return next(self.values(value), None)

    def name(self, value: object) -> object:
        """Return a string, or the name of what is given as an object."""
        one = self.first(value)
        return self.first(one.get("name")) if isinstance(one, dict) else one


def types_of(node: Node) -> list[str]:
    """Return the names of an object's types."""
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return [name for name in names if isinstance(name, str)]


def _shorten_names(node: Node) -> None:
    """Give an object's properties their plain names, as schema.org's own context does."""
    for name in list(node):
        plain = _ALIASES.get(name, name)
        if ":" in name:
            prefix = next((one for one in _PREFIXES if name.startswith(one)), "")
            plain = name[len(prefix) :]
        if plain != name and plain not in node:
            node[plain] = node.pop(name)
