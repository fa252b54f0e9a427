"""Types of entities: one list, and a model that brings a type more along."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.waiting import PATIENCE_S
from warta.transforms.core.errors import ModelError
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.entity_types import (
    ENTITY_TYPES,
    MODEL_NAMES,
    SHIPPED_TYPES,
    EntityType,
    bio_labels,
)
from warta.transforms.tagging.ner.crf import LABELS, Crf, Weights, pack, unpack
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.word_tables import load_rules

PROJECT = Path(__file__).parents[3]
TAGGING = PROJECT / "transforms" / "tagging"
FOUR = (*SHIPPED_TYPES, "event")


def toy_weights() -> Weights:
    """A model that knows one event of two words, and that other words are outside."""
    labels = bio_labels(FOUR)
    evidence = {
        "0:w=larung": {"B-event": 9.0},
        "0:w=sesaji": {"I-event": 9.0},
        "C=lower": {"O": 9.0},
        "C=stop": {"O": 9.0},
        "R=O": {"O": 1.0},
    }
    by_label = np.zeros((len(evidence), len(labels)), dtype=np.float32)
    for row, weights in enumerate(evidence.values()):
        for label, weight in weights.items():
            by_label[row, labels.index(label)] = weight
    moves = np.zeros((len(labels), len(labels)), dtype=np.float32)
    return Weights(list(evidence), by_label, moves, FOUR)


def toy_tagger() -> EntityTagger:
    """Indonesian rules, no known names, and the toy model as it is read from its file."""
    rules = load_rules("id")
    return EntityTagger(rules, Gazetteer(iter(())), Crf.of(unpack(pack(toy_weights()))))


@pytest.fixture(scope="module")
def tagger() -> EntityTagger:
    """Make the tagger once."""
    return toy_tagger()


def test_a_model_brings_a_fourth_type_along(tagger: EntityTagger) -> None:
    """Labels, candidates typed by the model, and probabilities all know the type."""
    words = ["Warga", "menyiapkan", "Larung", "Sesaji", "di", "pantai", "."]
    assert tagger.label([words]) == [["O", "O", "B-event", "I-event", "O", "O", "O"]]
    spans = tagger.mentions(" ".join(words))
    assert [(span.surface, span.type) for span in spans] == [("Larung Sesaji", "event")]
    assert spans[0].score > 0.9


def test_the_types_of_a_model_are_stored_only_where_they_are_others() -> None:
    """A model of the usual types is the file that it always was."""
    weights = toy_weights()
    assert unpack(pack(weights)).labels == bio_labels(FOUR)
    size = len(LABELS)
    usual = Weights(weights.features, weights.by_label[:, :size], weights.transitions[:size, :size])
    assert unpack(pack(usual)).types == SHIPPED_TYPES
    torn = Weights(weights.features, weights.by_label, weights.transitions)
    with pytest.raises(ModelError, match="weights for"):
        unpack(pack(torn))


def test_labels_and_names_come_from_the_one_list() -> None:
    """What models call the types leads to types alone."""
    assert tuple(EntityType) == ENTITY_TYPES
    assert bio_labels() == LABELS
    assert set(MODEL_NAMES.values()) == set(ENTITY_TYPES)


def test_no_module_of_the_tagger_spells_a_type() -> None:
    """Literals are in entity_types.py alone."""
    literal = re.compile("|".join(f'"{kind}"' for kind in ENTITY_TYPES))
    spelled = [
        (path.name, line)
        for path in TAGGING.rglob("*.py")
        if path.name != "entity_types.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if literal.search(line) and not line.lstrip().startswith(">>> ")
    ]
    assert spelled == []


FOURTH = """
    EVENT = "event", "Events"
"""
NAMED = """
MODEL_NAMES: Mapping[str, str] = {
    "EVENT": EntityType.EVENT.value,"""
USES = """
from datetime import UTC, datetime

import orjson
from click.testing import CliRunner

from tests.support.report_lakes import entity, story_row, write_rows
from tests.unit.tagging.test_entity_types import toy_tagger
from warta.pipeline.cli import cli
from warta.pipeline.gazetteer_build import parse_classes
from warta.pipeline.report.article import make_article, render_articles
from warta.pipeline.report.build import build_report
from warta.pipeline.report.scope import Scope
from warta.transforms.core.schema import ARTICLES
from warta.transforms.lake.storage import Lake
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.entity_types import ENTITY_TYPES
from warta.transforms.tagging.ner.gazetteer import Gazetteer, Row

assert ENTITY_TYPES == ("person", "organisation", "place", "event"), ENTITY_TYPES
for language, text in {
    "id": "Presiden Joko Widodo tiba di Jepang.",
    "en": "President Joko Widodo arrived in Japan.",
}.items():
    spans = EntityTagger.load(language).mentions(text)
    assert [span.type for span in spans] == ["person", "place"], spans

TEXT = "Warga menyiapkan Larung Sesaji di pantai ."
own = Gazetteer(iter([Row("Larung Sesaji", "event", None, (), "by hand")]))
(known,) = EntityTagger.with_gazetteer("id", own).mentions(TEXT)
assert (known.surface, known.type) == ("Larung Sesaji", "event"), known
(span,) = toy_tagger().mentions(TEXT)
assert (span.surface, span.type) == ("Larung Sesaji", "event"), span

lake = Lake("lake")
rows = [
    story_row(
        number,
        f"2026-11-{1 + number // 4:02}",
        entities=[entity("Larung Sesaji" if number >= 30 else "Lomba Sampan", "event")],
    )
    for number in range(40)
]
write_rows(lake, rows)
report = build_report(lake.uri, Scope(), now=datetime(2026, 11, 16, 9, tzinfo=UTC))
titles = {figure.name: figure.title for part in report.sections for figure in part.figures}
assert titles["event"] == "Events", titles
mention = {**span._asdict(), "field": "article_body", "wikidata_id": None}
shown = orjson.loads(orjson.dumps(dict.fromkeys(ARTICLES.schema.names) | rows[0]))
shown |= {"article_body": TEXT, "date_published": None}
page = render_articles([make_article(shown, [mention])])
assert '<mark class="name event" title="event">Larung Sesaji</mark>' in page, page
assert '<mark class="name event">event</mark>' in page

assert parse_classes(("Q1656682=event",)) == {"Q1656682": "event"}
said = CliRunner().invoke(cli, ["gazetteer", "build", "--help"]).output
assert "person, organisation, place or event" in " ".join(said.split()), said
"""


def test_the_walk_of_a_type_holds(tmp_path: Path) -> None:
    """One member more, as docs/extending.md says: taggers, models, pages and help know it."""
    pytest.importorskip("duckdb", reason="the extra report is not installed")
    pytest.importorskip("jinja2", reason="the extra report is not installed")
    for name in ("warta", "pipeline", "transforms", "tests"):
        shutil.copytree(
            PROJECT / name,
            tmp_path / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__", "lakes", "golden"),
        )
    listed = tmp_path / "transforms" / "tagging" / "entity_types.py"
    text = listed.read_text(encoding="utf-8")
    text = re.sub(r"(\n    PLACE = .*\n)", r"\1" + FOURTH.strip("\n") + "\n", text, count=1)
    text = text.replace(NAMED.rpartition("\n")[0], NAMED, 1)
    listed.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", USES],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
