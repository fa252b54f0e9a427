"""What articles are to their stories, as made stories say: how often relations are named right.

Articles are compared within their true stories, as a run does with what it has found together.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from evaluation.story_set.wide import WideArticle, wide_articles
from warta.transforms.stories.grouping import StoryKey, story_key
from warta.transforms.stories.relations import (
    REWRITE_COSINE,
    aligned_sentences,
    cosine,
    relation_kind,
)
from warta.transforms.stories.vectors import SCALE, TERM_MASK, table_of

SEEDS = range(1, 6)


def measure_relations(*, held: bool) -> dict[str, float]:
    """Return the share of articles of each relation that it is named for.

    Args:
      held: Of which half.
    """
    right: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for seed in SEEDS:
        by_story: dict[str, list[WideArticle]] = defaultdict(list)
        for one in wide_articles(seed):
            if one.held == held:
                by_story[one.story].append(one)
        for members in by_story.values():
            for one, found in zip(members[1:], found_relations(members), strict=True):
                all_of[one.relation or ""] += 1
                right[one.relation or ""] += found == one.relation
    return {kind: right[kind] / count for kind, count in sorted(all_of.items())}


def found_relations(members: Sequence[WideArticle]) -> list[str]:
    """Return what each article of a story but the first is, in the order given."""
    keys = [story_key(one.title, one.text, one.language) or StoryKey("") for one in members]
    vectors = [_plain(key) for key in keys]
    table = table_of(members[0].language)
    found = []
    for place, one in enumerate(members[1:], 1):
        alike = [cosine(vectors[place], other) / SCALE**2 for other in vectors[:place]]
        nearest = alike.index(max(alike))
        aligned = None
        if alike[nearest] >= REWRITE_COSINE and table is not None:
            aligned = aligned_sentences(one.text, members[nearest].text, table)
        after = (one.published - members[0].published).days
        between = (one.published - members[nearest].published).days
        found.append(relation_kind(alike[nearest], aligned, after, between))
    return found


def _plain(key: StoryKey) -> dict[int, int]:
    return {term & TERM_MASK: weight for term, weight in zip(key.terms, key.weights, strict=True)}
