"""Ids on the samples, against the list that was checked by hand."""

from evaluation.links import checked_ids, given_ids, samples
from warta.transforms.tagging.tag import ArticleTagger

RIGHT = 0.98
"""Share of the ids that are right, at least."""


def test_ids_of_the_samples_are_right() -> None:
    """At least 98 in a hundred, and about as many as when they were checked."""
    found = list(given_ids("samples", samples(), ArticleTagger.load()))
    wrong = [one for one in found if one.wikidata_id != one.expected]
    assert len(found) >= 195
    assert len(wrong) <= (1 - RIGHT) * len(found), wrong


def test_the_list_is_whole() -> None:
    """Every row names a set and well-formed ids; contexts with no id tell what to leave alone."""
    rows = checked_ids()
    assert {which for which, _ in rows} == {"samples", "news"}
    for places in rows.values():
        for context, qid in places:
            assert (qid[:1] == "Q" and qid[1:].isdecimal()) or (context and not qid)
