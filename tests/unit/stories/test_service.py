"""Rules for service content: each on its own examples."""

import pytest

from warta.transforms.stories.grouping import story_key
from warta.transforms.stories.service import (
    ServiceRule,
    load_service_rules,
    service_files,
    service_rule,
)

RULES = [(name, rule) for name in service_files() for rule in load_service_rules(name)]


@pytest.mark.parametrize(
    ("language", "rule", "headline"),
    [pytest.param(n, r, h, id=f"{r.id}-{h[:24]}") for n, r in RULES for h in r.hits],
)
def test_a_rule_hits_its_example(language: str, rule: ServiceRule, headline: str) -> None:
    """A headline that the file names as a hit is taken for service content by that very rule."""
    found = service_rule(headline, "", language)
    assert found is not None
    assert found.id == rule.id


@pytest.mark.parametrize(
    ("language", "headline"),
    [pytest.param(n, h, id=f"{r.id}-{h[:24]}") for n, r in RULES for h in r.spares],
)
def test_no_rule_hits_a_counter_example(language: str, headline: str) -> None:
    """A headline of news that looks like service content is left by every rule."""
    assert service_rule(headline, "", language) is None


@pytest.mark.parametrize(("language", "rule"), [pytest.param(n, r, id=r.id) for n, r in RULES])
def test_a_rule_is_complete(language: str, rule: ServiceRule) -> None:
    """Its name begins with its language's, and it has both kinds of examples."""
    assert rule.id.startswith(f"{language}_")
    assert rule.hits
    assert rule.spares


def test_a_text_without_headline_is_known_by_its_beginning() -> None:
    """A text file has no headline: its first line stands for one."""
    assert service_rule(None, "Ramalan zodiak Leo besok\nHari yang baik.", "id") is not None
    assert service_rule(None, "Nelayan pulang.\nRamalan zodiak Leo besok", "id") is None


def test_a_language_without_rules_has_no_service_content() -> None:
    """What no rule knows counts as news."""
    assert service_rule("Wettervorhersage für morgen", "", "de") is None


def test_a_horoscope_has_no_vector_and_a_broadcast_may_join() -> None:
    """Most service content is never compared; what names an event may join its story."""
    horoscope = story_key("Ramalan Zodiak Leo Besok", "Leo perlu bersabar.", "id")
    assert horoscope is not None
    assert (horoscope.scheme, horoscope.terms) == ("service:id_horoscope", ())
    broadcast = story_key("Link Live Streaming Elang Sagara Malam Ini", "Laga dimulai.", "id")
    assert broadcast is not None
    assert broadcast.scheme.endswith("#joins")
    assert broadcast.terms
