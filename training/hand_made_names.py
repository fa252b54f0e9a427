"""Names written by hand: those of the gazetteer, more of them, and those that are wrong."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from warta.transforms.tagging.linking.known_entities import KnownEntity, name_key
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.ner.gazetteer import TABLES, Row, read_table

MORE_NAMES = Path(__file__).parent / "more_names.tsv"
WRONG_NAMES = Path(__file__).parent / "wrong_names.tsv"
"""What a source calls an entity, though another's is meant: the second source is beside it."""


def without_wrong_names(rows: Iterable[KnownEntity]) -> Iterator[KnownEntity]:
    """Yield the rows without the names in the table of wrong ones; no name is left: no row."""
    with WRONG_NAMES.open(encoding="utf-8", newline="") as lines:
        wrong = {(row["wikidata_id"], row["name"]) for row in csv.DictReader(lines, delimiter="\t")}
    for row in rows:
        kept = [one for one in (row.name, *row.aliases) if (row.wikidata_id, one) not in wrong]
        if kept and (row.wikidata_id, "") not in wrong:
            yield row._replace(name=kept[0], aliases=tuple(kept[1:]))


def with_hand_made(
    rows: list[KnownEntity], hand_made: Iterable[tuple[str, Row]]
) -> list[KnownEntity]:
    """Return the rows with the names that tables written by hand have for them, and their rows.

    Who is in the table of people written by hand is known wherever the name occurs.
    """
    by_id = {row.wikidata_id: row for row in rows}
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        for name in (row.name, *row.aliases):
            holders[row.type, _squeezed(name)].add(row.wikidata_id)
    for table, hand in hand_made:
        names = (hand.name, *hand.aliases)
        meant = {hand.wikidata_id} if hand.wikidata_id else set()
        for name in () if meant else names:
            meant |= holders[hand.type, _squeezed(name)]
        if len(meant) != 1 and table == "indonesian_places":
            # Its bare name is a city's too.
            meant = holders[hand.type, _squeezed(hand.name)]
        if len(meant) != 1:
            continue
        (qid,) = map(str, meant)
        if qid not in by_id and table == MORE_NAMES.stem:
            raise SystemExit(f"{MORE_NAMES.name}: no table has {qid}")
        if qid not in by_id:
            field = "football" if table == "clubs" else ""
            country = hand.country or ""
            by_id[qid] = KnownEntity(hand.name, hand.type, qid, (), hand.source, country, field)
        row = by_id[qid]
        if row.type != hand.type:
            continue
        is_regency = row.name.startswith(("Kabupaten ", "Kota ")) and table != "indonesian_places"
        title = row.name if is_regency or table == MORE_NAMES.stem else hand.name
        if table == MORE_NAMES.stem:
            _take_names(by_id, names, qid)
        merged_names = dict.fromkeys((*names, row.name, *row.aliases))
        merged_names.pop(title)
        free = table == "people" and row.field == "politics"
        by_id[qid] = row._replace(
            name=title, aliases=tuple(merged_names), field="" if free else row.field
        )
    return sorted(by_id.values(), key=lambda row: (row.name, row.wikidata_id))


def _take_names(by_id: dict[str, KnownEntity], names: Iterable[str], owner: str) -> None:
    """Take names from all entities but one: written by hand, they are its own."""
    own = {_plain(name) for name in names}
    for qid, row in by_id.items():
        if qid != owner and any(_plain(alias) in own for alias in row.aliases):
            kept = tuple(alias for alias in row.aliases if _plain(alias) not in own)
            by_id[qid] = row._replace(aliases=kept)


def _plain(name: str) -> str:
    return name_key(name, "")


def _squeezed(name: str) -> str:
    return normal_form(name).replace(" ", "")


def more_names() -> Iterator[tuple[str, Row]]:
    """Yield names written by hand for entities whose ids are in the tables."""
    with MORE_NAMES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            first, *others = row["names"].split("|")
            yield MORE_NAMES.stem, Row(first, row["type"], row["wikidata_id"], tuple(others), "")


def hand_made_rows() -> Iterator[tuple[str, Row]]:
    """Yield the rows of the tables written by hand, each with its table's name."""
    for path in sorted(TABLES.glob("*.tsv")):
        for row in read_table(path.read_text(encoding="utf-8"), path.name):
            yield path.stem, row
