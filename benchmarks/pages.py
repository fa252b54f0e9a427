"""Memory of one process that cleans page after page: `python -m benchmarks.pages [PAGES]`.

Every page is the sample of another site: its class names, its words and its numbers are its own, so
that whatever is kept of a page would show. Resident memory is printed at each tenth of the way; it
must not grow once the caches of class names are full.
"""

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord

SAMPLES = Path(__file__).parent.parent / "sample_data" / "originals" / "pages"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _page(markup: str, number: int, choose: random.Random) -> str:
    """Return a sample with class names and a paragraph that no other page has."""
    own = "".join(choose.choices("abcdefghijklmnop", k=8))
    words = " ".join("".join(choose.choices("aeioukmnst", k=6)) for _ in range(30))
    return markup.replace('class="', f'class="{own}{number} ').replace(
        "</article>", f"<p>{words.capitalize()}.</p></article>"
    )


def main() -> None:
    """Clean the pages and print the memory."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    samples = [path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.html"))]
    choose = random.Random(1)  # noqa: S311  pages, not secrets
    process = psutil.Process()
    for number in range(1, pages + 1):
        markup = _page(samples[number % len(samples)], number, choose)
        item = SourceItem(
            source=Source("a"),
            source_uri="a",
            source_record_id="",
            kind="html",
            raw=b"",
            content=markup,
            content_type="page",
        )
        try:
            clean_article(item, InputLimits(), NOW)
        except RejectedRecord:
            continue
        finally:
            if number % (pages // 10) == 0:
                print(f"{number:>9,} pages  {process.memory_info().rss / 1e6:6.0f} MB", flush=True)


if __name__ == "__main__":
    main()
