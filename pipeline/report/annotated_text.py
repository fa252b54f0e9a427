"""A text cut into pieces: plain ones, names, and what cleaning took out, in reading order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NEAR = 60
"""Characters around where a removed piece was in which the end of a line or word is looked for."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A part of a text."""

    text: str
    kind: str = ""
    """Type of a name, `removed`, or empty for plain text."""
    wikidata_id: str | None = None
    note: str = ""
    """Rule that removed it, or what found the name."""


def paragraphs(
    body: str, mentions: Sequence[Mapping[str, Any]], removed: Sequence[Mapping[str, Any]]
) -> list[list[TextSpan]]:
    """Return the paragraphs of a body as pieces.

    Where a removed piece was is known in the text before cleaning: it is shown at the nearest end
    of a line or word of the body, and never inside a name.

    Args:
      body: The cleaned text.
      mentions: Those in it, with start, end, type, wikidata_id, method.
      removed: Spans with start, text, rule.

    Example:
      >>> paragraphs("Ana pergi.", [{"start": 0, "end": 3, "type": "person"}], [])[0][0].kind
      'person'
    """
    names = _without_overlaps(body, mentions)
    taken = sorted(_places(body, names, removed), key=lambda one: one[0])
    lines: list[list[TextSpan]] = [[]]
    for piece in _pieces(body, names, taken):
        if piece.kind:
            lines[-1].append(piece)
            continue
        first, *others = piece.text.split("\n")
        lines[-1] += [TextSpan(first)] if first else []
        lines += [[TextSpan(line)] if line else [] for line in others]
    return [line for line in lines if line]


def _without_overlaps(body: str, mentions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    kept: list[Mapping[str, Any]] = []
    end = 0
    for one in sorted(mentions, key=lambda one: (one["start"], -one["end"])):
        if end <= one["start"] < one["end"] <= len(body):
            kept.append(one)
            end = one["end"]
    return kept


def _places(
    body: str, names: Sequence[Mapping[str, Any]], removed: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield where in the body each removed span is shown."""
    gone = 0
    for one in sorted(removed, key=lambda one: one["start"]):
        at = min(max(one["start"] - gone, 0), len(body))
        gone += len(one["text"])
        at = _nearest_end(body, at)
        inside = [name for name in names if name["start"] < at < name["end"]]
        yield (inside[0]["end"] if inside else at), one


def _nearest_end(body: str, at: int) -> int:
    """Return the nearest end of a line, else of a word; where there is none, the place itself."""
    around = range(max(0, at - _NEAR), min(len(body), at + _NEAR) + 1)
    for ends in ("\n", "\n \t"):
        found = [
            place
            for place in around
            if place in (0, len(body)) or body[place] in ends or body[place - 1] in ends
        ]
        if found:
            return min(found, key=lambda place: (abs(place - at), place))
    return at


def _pieces(
    body: str,
    names: Sequence[Mapping[str, Any]],
    taken: Sequence[tuple[int, Mapping[str, Any]]],
) -> Iterator[TextSpan]:
    marks: list[tuple[int, int, TextSpan]] = [
        (
            name["start"],
            name["end"],
            TextSpan(
                body[name["start"] : name["end"]],
                str(name["type"]),
                name.get("wikidata_id"),
                str(name.get("method") or ""),
            ),
        )
        for name in names
    ]
    marks += [
        (at, at, TextSpan(str(one["text"]), "removed", None, str(one["rule"]))) for at, one in taken
    ]
    end = 0
    for start, stop, piece in sorted(marks, key=lambda mark: mark[:2]):
        if start > end:
            yield TextSpan(body[end:start])
        yield piece
        end = max(end, stop)
    if end < len(body):
        yield TextSpan(body[end:])
