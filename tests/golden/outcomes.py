"""What becomes of the golden records, in a form to keep and to compare.

`python -m tests.golden.outcomes` rewrites outcomes.jsonl: for changes that alter outcomes on
purpose. What they alter is then seen in the commit, line by line.
"""

import dataclasses
import hashlib
import json
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.golden.records import LIMITS, NOW, records
from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.records import Article
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.tagging.tag import ArticleTagger

FILE = Path(__file__).with_name("outcomes.jsonl")
_LONGEST = 120
"""Code points of a text that is kept as it is; of a longer one, its length and its hash."""
_PLACED = ("source_uri", "tagger_versions")
"""Fields that depend on the folder, or on versions: not on what was read."""

Outcome = dict[str, Any]


def outcomes(*, batch: int = 1, shuffled: bool = False) -> dict[str, Outcome]:
    """Return the outcome of each golden record by its name.

    Args:
      batch: How many articles are tagged at once.
      shuffled: Clean and tag them in another order.
    """
    given = list(records())
    if shuffled:
        random.Random(3).shuffle(given)  # noqa: S311  repeatable, not secret
    found: dict[str, Outcome] = {}
    cleaned: list[tuple[str, Article]] = []
    for name, item in given:
        try:
            cleaned.append((name, clean_article(item, LIMITS, NOW)))
        except RejectedRecord as rejection:
            found[name] = {"rejected": rejection.reason}
    tagger = ArticleTagger.load()
    for at in range(0, len(cleaned), batch):
        names, articles = zip(*cleaned[at : at + batch], strict=True)
        tagged = [tagger.tag(articles[0])] if batch == 1 else tagger.tag_all(articles)
        found |= {name: _outcome(one) for name, one in zip(names, tagged, strict=True)}
    return {name: found[name] for name, _ in records()}


def _outcome(article: Article) -> Outcome:
    return {
        field.name: _kept(value)
        for field in dataclasses.fields(article)
        if field.name not in _PLACED and (value := getattr(article, field.name)) not in (None, ())
    }


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_kept(one) for one in value]
    if dataclasses.is_dataclass(value):
        parts = (getattr(value, field.name) for field in dataclasses.fields(value))
        return "|".join("" if part is None else str(_kept(part)) for part in parts)
    if isinstance(value, str) and len(value) > _LONGEST:
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"{value[:40]}... {len(value)} {digest}"
    return value if isinstance(value, str | int | float) else str(value)


def differences(wanted: dict[str, Outcome], found: dict[str, Outcome]) -> Iterator[str]:
    """Yield each field that differs, with what was wanted and what was found."""
    for name in dict.fromkeys((*wanted, *found)):
        before, after = wanted.get(name, {}), found.get(name, {})
        for field in dict.fromkeys((*before, *after)):
            old, new = before.get(field), after.get(field)
            if old != new:
                if isinstance(old, list) and isinstance(new, list) and sorted(old) != sorted(new):
                    common = {*old} & {*new}
                    old = [one for one in old if one not in common]
                    new = [one for one in new if one not in common]
                yield f"{name}: {field}\n  wanted {old}\n  found  {new}"


def read() -> dict[str, Outcome]:
    """Return the outcomes that are kept."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return {one.pop("record"): one for one in map(json.loads, lines)}


def as_lines(found: dict[str, Outcome]) -> Iterable[str]:
    """Yield outcomes as lines of JSON."""
    for name, outcome in found.items():
        yield json.dumps({"record": name} | outcome, ensure_ascii=False)


if __name__ == "__main__":
    if sys.argv[1:] == ["--shuffled"]:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        print("\n".join(as_lines(outcomes(batch=7, shuffled=True))))
    else:
        FILE.write_text("\n".join(as_lines(outcomes())) + "\n", encoding="utf-8")
