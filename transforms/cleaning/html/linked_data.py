"""JSON-LD of a page: all its objects, mended or salvaged where sites break it."""

import json
import re
from typing import Any

import orjson
from resiliparse.parse.html import DocumentNode

MAX_NODES = 2_000
"""Objects of JSON-LD looked at in one page."""
MAX_BROKEN_CHARS = 200_000
"""As much of broken JSON-LD is looked through."""

_JSON_NOISE = re.compile(
    r"\A\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\]\]>|\]\]>)\s*+;?\s*+\Z"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_STATED = re.compile(
    r'"(headline|datePublished|dateModified|description|articleSection|url)"\s{0,9}:'
    r'\s{0,9}"((?:[^"\\]|\\.){1,2000})"(?=\s{0,9}[,}\]])'
)
_STATED_TYPE = re.compile(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"\w{0,20}(?:Article|Posting|Report)"')


def linked_data(document: DocumentNode) -> list[dict[str, Any]]:
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
        return _salvaged(text)


def _salvaged(text: str) -> dict[str, str] | None:
    """What can still be read of an article's JSON-LD that no parser takes: whole string fields."""
    if _STATED_TYPE.search(text) is None:
        return None
    fields = dict(reversed(_STATED.findall(text[:MAX_BROKEN_CHARS])))
    return {"@type": "NewsArticle", **fields}


def pick(nodes: list[dict[str, Any]], kind: re.Pattern[str]) -> dict[str, Any]:
    """The first object of a type that has anything to say; {} when there is none."""
    for node in nodes:
        types = node.get("@type")
        for name in types if isinstance(types, list) else [types]:
            if isinstance(name, str) and kind.search(name) and _is_main(node):
                return node
    return {}


def _is_main(node: dict[str, Any]) -> bool:
    return any(node.get(key) for key in ("headline", "articleBody", "datePublished", "author"))
