"""Agglomeration by column and component gives what the simple one gives."""

import numpy as np
import pytest

from tests.unit.stories.reference_clustering import Member
from tests.unit.stories.reference_clustering import agglomerate as simply_agglomerated
from warta.transforms.stories.agglomeration import Rules
from warta.transforms.stories.candidates import candidate_blocks
from warta.transforms.stories.clustering import (
    Cluster,
    Members,
    OpenStories,
    OpenStory,
    agglomerate,
    heaviest,
)
from warta.transforms.stories.likeness import ClusterRows, day_column
from warta.transforms.stories.vector_rows import Ints, sum_rows, vector_rows
from warta.transforms.stories.vectors import NAME_FLAG, TERM_MASK

ARRIVAL = 739_000
NAMED = 40
"""Terms under it are names."""


def random_vector(draw: np.random.Generator, event: np.ndarray) -> tuple[list[int], list[int]]:
    """Return terms of an event, of the month and of its own; many weights are the same."""
    kept = draw.choice(event, draw.integers(3, len(event)), replace=False)
    own = draw.integers(0, 3000, draw.integers(0, 12))
    terms = list(dict.fromkeys([*kept.tolist(), *own.tolist()]))
    weights = sorted(draw.choice([100, 150, 150, 300], len(terms)).tolist(), reverse=True)
    return [term | NAME_FLAG if term < NAMED else term for term in terms], weights


def random_day(draw: np.random.Generator) -> int | None:
    """Return a day of six weeks; of one in five, none."""
    return None if draw.random() < 0.2 else ARRIVAL - int(draw.integers(0, 42))


def made_case(seed: int) -> tuple[list[Member], list[OpenStory]]:
    """Return articles and open stories of a few events that share words."""
    draw = np.random.default_rng(seed)
    events = [draw.choice(120, 14, replace=False) for _ in range(8)]
    members = [
        Member(
            f"{draw.integers(1 << 30):08x}",
            random_day(draw),
            *random_vector(draw, events[draw.integers(8)]),
            attached=bool(draw.random() < 0.15),
        )
        for _ in range(draw.integers(1, 70))
    ]
    stories = []
    for number in range(draw.integers(0, 30)):
        count = int(draw.integers(1, 4))
        terms, weights = random_vector(draw, events[draw.integers(8)])
        day = random_day(draw)
        last = None if day is None else day + int(draw.integers(0, 5))
        came = ARRIVAL - int(draw.integers(0, 30))
        sums = [weight * count for weight in weights]
        stories.append(OpenStory(f"s{number}", day, last, count, terms, sums, came))
    return members, stories


def columns(members: list[Member], stories: list[OpenStory]) -> tuple[Members, OpenStories]:
    """Return the same, by column."""
    days = day_column(one.day for one in members)
    arrived = np.full(len(members), ARRIVAL, dtype=np.int32)
    return (
        Members(
            [one.article_id for one in members],
            ClusterRows(
                vector_rows([(one.terms, one.weights) for one in members]),
                np.ones_like(days),
                days,
                days,
                arrived,
            ),
            np.array([one.attached for one in members]),
        ),
        OpenStories(
            [one.story_id for one in stories],
            ClusterRows(
                vector_rows([(one.terms, one.weights) for one in stories]),
                np.array([one.articles for one in stories], dtype=np.int32),
                day_column(one.first_day for one in stories),
                day_column(one.last_day for one in stories),
                day_column(one.arrived for one in stories),
            ),
        ),
    )


def all_pairs(left: Members, right: OpenStories | None) -> Ints:
    """Return the candidates."""
    vectors = (right or left).rows.vectors
    pairs = np.concatenate(list(candidate_blocks(left.rows.vectors, vectors)))
    return pairs if right else pairs[pairs[:, 0] < pairs[:, 1]]


@pytest.mark.parametrize("spread", [0, 1])
@pytest.mark.parametrize("seed", range(40))
def test_components_by_themselves_give_what_all_at_once_gave(seed: int, spread: int) -> None:
    """Ties, days, names, stories that stay two, and service content among them."""
    members, stories = made_case(seed)
    rules = Rules(0.3, spread, 14, 0.004, 0.05, 0.1)
    left, right = columns(members, stories)
    expected: list[Cluster] = simply_agglomerated(
        members, stories, all_pairs(left, None), all_pairs(left, right), rules, ARRIVAL
    )
    assert agglomerate(left, right, rules, ARRIVAL) == expected
    met = all_pairs(left, right)
    by_story = met[np.lexsort((met[:, 0], met[:, 1]))]
    assert agglomerate(left, right, rules, ARRIVAL, np.array_split(by_story, 3)) == expected


def test_the_made_cases_have_what_is_to_be_proved() -> None:
    """Old stories and new ones, of one article and of several, with service content and without."""
    kinds = set()
    for seed in range(10):
        members, stories = made_case(seed)
        clusters = agglomerate(
            *columns(members, stories), Rules(0.3, 1, 14, 0.004, 0.05, 0.1), ARRIVAL
        )
        for cluster in clusters:
            several = len(cluster.members) > 1
            attached = any(members[row].attached for row in cluster.members)
            kinds.add((cluster.story is None, several, attached))
    assert len(kinds) == 8


def test_a_sum_of_vectors_is_heaviest_first_and_remembers_names() -> None:
    """As dicts would give it, by owner; a term is a name if one of the vectors says so."""
    draw = np.random.default_rng(5)
    vectors = [random_vector(draw, np.arange(NAMED - 10, NAMED + 30)) for _ in range(40)]
    vectors[3] = ([NAMED + 1 | NAME_FLAG, 7], [90, 80])
    owners = draw.integers(0, 6, len(vectors))
    found = sum_rows(vector_rows(vectors), owners, 7)
    for owner in range(7):
        sums: dict[int, int] = {}
        names = set()
        for terms, weights in (vectors[row] for row in np.flatnonzero(owners == owner)):
            for term, weight in zip(terms, weights, strict=True):
                sums[term & TERM_MASK] = sums.get(term & TERM_MASK, 0) + weight
                names |= {term & TERM_MASK} if term & NAME_FLAG else set()
        terms, weights = found.row(owner)
        assert ([term & TERM_MASK for term in terms], weights) == heaviest(sums.items(), 1000)
        assert {term & TERM_MASK for term in terms if term & NAME_FLAG} == names
