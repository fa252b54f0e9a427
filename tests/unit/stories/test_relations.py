"""How articles of a story relate, and stories of two languages."""

import pytest

from tests.support.reports import BRIDGE, BRIDGE_REWORDED, SALT
from warta.transforms.stories.grouping import story_key
from warta.transforms.stories.links import LinkStory, link_languages
from warta.transforms.stories.relations import aligned_sentences, relation_kind
from warta.transforms.stories.vectors import table_of

OTHER = SALT.format(place="Randusari")


def test_a_reworded_text_aligns_and_another_does_not() -> None:
    """Sentences in other words are found; a shared place is not enough."""
    table = table_of("id")
    assert table is not None
    assert aligned_sentences(BRIDGE, BRIDGE_REWORDED, table) == 1.0
    assert aligned_sentences(BRIDGE_REWORDED, BRIDGE, table) == 1.0
    assert aligned_sentences(BRIDGE, OTHER, table) == 0.0
    assert aligned_sentences("", OTHER, table) == 0.0


@pytest.mark.parametrize(
    ("cosine", "aligned", "days", "between", "kind"),
    [
        (0.9, 0.9, 0, 0, "rewrite"),
        (0.9, 0.9, 9, 1, "rewrite"),
        (0.9, 0.9, 9, 9, "follow_up"),
        (0.6, None, 0, 0, "same_event"),
        (0.6, 0.1, 2, 2, "same_event"),
        (0.6, 0.1, 3, 0, "follow_up"),
        (0.15, None, 0, 0, "follow_up"),
        (0.5, None, None, None, "same_event"),
        (0.9, 0.9, None, None, "rewrite"),
    ],
)
def test_relations_follow_words_and_days(
    cosine: float, aligned: float | None, days: int | None, between: int | None, kind: str
) -> None:
    """Rewrites come first; from three days on, what is new is a follow-up."""
    assert relation_kind(cosine, aligned, days, between) == kind


def link_story(name: str, language: str, text: str, day: int = 1, **ids: int) -> LinkStory:
    """Return a story of one text."""
    key = story_key(None, text, language)
    assert key is not None
    return LinkStory(name, language, day, day, key.terms, key.weights, ids)


def test_one_event_in_two_languages_is_linked_and_others_are_not() -> None:
    """Names alike, words of the lexicon and Wikidata ids bind; days part."""
    indonesian = link_story(
        "i",
        "id",
        "Polisi menangkap Owen Hadley, nakhoda kapal feri Lintang Jaya, di Ashmere. Korban tewas "
        "kapal itu sembilan penumpang, kata hakim Elena Varga di pengadilan Ashmere.",
        Q1=3,
    )
    english = link_story(
        "e",
        "en",
        "Police arrested Owen Hadley, captain of the ship Lintang Jaya, in Ashmere. Nine "
        "passengers were killed on the vessel, judge Elena Varga said in court in Ashmere.",
        Q1=2,
    )
    other = link_story("o", "en", "Wexley Town beat Coldwater City as Felix Rowntree scored twice.")
    links = link_languages([indonesian, english, other], 14)
    assert [link[:2] for link in links] == [("i", "e")]
    late = link_story("e", "en", "Police arrested Owen Hadley in Ashmere.", day=40)
    assert link_languages([indonesian, late], 14) == []
