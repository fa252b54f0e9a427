"""Lakes that the tests of reports look at."""

from pathlib import Path

import pytest

from tests.support.report_lakes import (
    HOSTILE,
    entity,
    feed_row,
    reject_row,
    span,
    story,
    story_row,
    topic,
    write_rows,
)
from warta.transforms.lake.storage import Lake


@pytest.fixture(scope="session")
def small_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Forty articles of ten days, some of them copies, by two publishers."""
    lake = Lake(str(tmp_path_factory.mktemp("report") / "lake"))
    rows = []
    for number in range(40):
        late = number >= 30
        rows.append(
            story_row(
                number,
                f"2026-11-{1 + number // 4:02}",
                publisher_name="Kabar Contoh" if number % 3 else "Suara Contoh",
                duplicate_of=f"{number - 1:032x}" if number % 8 == 7 else None,
                entities=[
                    entity("Ratna Contoh", wikidata_id="Q900000001"),
                    entity("Kota Bandung", "place", "Q10389"),
                    *([entity("Bambang Contoh")] if late else [entity("Sinta Contoh")]),
                ],
                topics=[topic("health"), *([topic("sport")] if number % 2 else [])],
                removed_spans=[span("id_read_also", "Baca juga: Panen raya di desa contoh")],
            )
        )
    rows.append(story_row(90, "unknown", publisher_name=None))
    rejects = [reject_row(1, "bad_json"), reject_row(2, "bad_json"), reject_row(3, "empty")]
    write_rows(lake, rows, rejects)
    return lake


@pytest.fixture(scope="session")
def hostile_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake whose every text tries to act."""
    lake = Lake(str(tmp_path_factory.mktemp("hostile") / "lake"))
    rows = []
    for number, text in enumerate(HOSTILE * 4):
        rows.append(
            story_row(
                number,
                f"2026-11-{1 + number % 9:02}",
                publisher_name=text,
                headline=text,
                article_body=text,
                url=text,
                in_language=text,
                description=text,
                dateline=text,
                date_published_source=text,
                date_published_raw=text,
                authors=[{"name": text, "role": text}],
                keywords=[text],
                duplicate_of=f"{number - 9:032x}" if number >= 9 else None,
                entities=[
                    entity(text, kind, f"Q{number + 1}" if number % 2 else text)
                    for kind in ("person", "organisation", "place")
                ],
                topics=[topic(text)],
                removed_spans=[span(text, text)],
                source_uri=text,
                canonical_domain=text,
                article_section=text,
                duplicate_kind=text,
                date_published_precision=text,
                extraction_method=text,
                feed_url=text,
                tagger_versions=text,
                story_id=text,
                story_of=f"{number - 9:032x}" if number >= 9 else None,
                story_relation="rewrite",
            )
        )
    rejects = [
        reject_row(
            number,
            text,
            stage=text,
            error=text,
            source_uri=text,
            source_record_id=text,
            raw=text.encode(),
            replayed_by=text,
        )
        for number, text in enumerate(HOSTILE)
    ]
    feeds = [
        feed_row(number, feed_url=text, name=text, error=text, moved_to=text, error_streak=3)
        for number, text in enumerate(HOSTILE)
    ]
    stories = [story(text, {"2026-11-09": 9 - n}, title=text) for n, text in enumerate(HOSTILE)]
    write_rows(lake, rows, rejects, feeds=feeds, stories=stories)
    return lake


@pytest.fixture(scope="session")
def build_folder() -> Path:
    """Where pages and screenshots are kept to be looked at."""
    folder = Path(__file__).parents[3] / "build" / "report"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
