"""Service content: how much of it the rules take out, and how much news with it.

`service_set.tsv` holds headlines written for this project; half of them, by their hash, is held
back: what the rules miss there is counted and not looked at.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warta.transforms.stories.service import service_rule

SET = Path(__file__).parent / "service_set.tsv"
NEWS = "news"


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline of service content, or of news that looks like it."""

    language: str
    kind: str
    text: str

    @property
    def held(self) -> bool:
        """Whether it is of the half that no rule is written for."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


def service_headlines() -> Iterator[Headline]:
    """Yield the headlines of the set."""
    for line in SET.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield Headline(*line.split("\t"))


def measure_service() -> dict[str, float]:
    """Return by language and half the share of service content and of news that a rule hits."""
    hits: dict[str, list[bool]] = {}
    for one in service_headlines():
        half = "held" if one.held else "fitted"
        kind = "news" if one.kind == NEWS else "alone"
        found = service_rule(one.text, "", one.language) is not None
        hits.setdefault(f"service_{one.language}_{half}_{kind}", []).append(found)
    return {name: sum(found) / len(found) for name, found in sorted(hits.items())}
