"""Whether invented articles get the moment at which they were published: `date_set.toml`.

`python -m evaluation.dates` prints what went wrong.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord

CASES = Path(__file__).parent / "date_set.toml"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
STORY = (
    "Petani di lereng gunung memanen cabai lebih awal karena hujan sudah berhenti sejak lama. "
    "Harga di pasar turun dan pembeli dari kota datang lebih banyak daripada biasanya."
)


def _item(case: dict[str, Any]) -> SourceItem:
    text = case.get("text", STORY).replace("{story}", STORY)
    is_page = "head" in case or "body" in case
    if is_page:
        lines = "".join(f"<div>{line}</div>" for line in case.get("body", ["{story}"])).replace(
            "{story}", f"<p>{STORY}</p>"
        )
        text = f"<html><head>{case.get('head', '')}</head><body>{lines}</body></html>"
    fetched = case.get("fetched")
    return SourceItem(
        source=Source("a"),
        source_uri="a",
        source_record_id="",
        kind="feed",
        raw=b"",
        content=text,
        content_type="page" if is_page else "text",
        url=case.get("url"),
        date_published=case.get("date"),
        date_fetched=datetime.fromisoformat(fetched) if fetched else None,
    )


def _found(case: dict[str, Any]) -> str:
    try:
        article = clean_article(_item(case), InputLimits(), NOW)
    except RejectedRecord as rejection:
        return str(rejection)
    if article.date_published is None:
        return ""
    moment = article.date_published.replace(tzinfo=None).isoformat()
    return f"{moment} {article.date_published_precision}"


def _read() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]
    return cases


def faults() -> Iterator[tuple[dict[str, Any], str]]:
    """Cases whose date is wrong, with what was found."""
    for case in _read():
        found = _found(case)
        if found != case["is"]:
            yield case, found


def measure(_: Path) -> dict[str, float]:
    """Share of cases with the right moment and precision."""
    cases = len(_read())
    return {"dates_right": 1 - len(list(faults())) / cases, "dates": cases}


if __name__ == "__main__":
    for case, found in faults():
        print(f"{found!r}: {case}")
    print(measure(CASES))
