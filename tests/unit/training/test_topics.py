"""The calibration that makes confidences: fitted on the tune half alone, and shipped as fitted."""

import dataclasses
import random
import tomllib

import pytest

from evaluation.topics import calibration_error, judge, read_own_set, views
from training.topics import LEAD_FLOOR, card, examples, fit, training_cases
from warta.transforms.tagging.topics.calibration import CONFIDENCE, Calibration, TopicScore


def test_the_shipped_curve_is_what_the_fit_gives() -> None:
    """Within a twentieth: a few words more in a lexicon need no new fit, many do."""
    fitted = dataclasses.asdict(fit(examples(training_cases())))
    assert fitted == pytest.approx(dataclasses.asdict(Calibration.load()), rel=0.05), (
        "the lexicons have moved on: make train-topics"
    )


def test_nothing_that_is_held_back_is_fitted_on() -> None:
    """No headline and no text of the held half is seen, in any view."""
    held = [view for case in read_own_set() if case.split == "held" for view in views(case)]
    seen = {part for case in training_cases() for part in (case.headline, case.text) if part}
    assert len(seen) > 400
    assert {part for case in held for part in (case.headline, case.text) if part} & seen == set()


def test_a_known_curve_is_found_again() -> None:
    """Examples that are right as often as it says give the calibration; noise gives no lead."""
    wanted = Calibration(-1.0, 1.5, 0.5, LEAD_FLOOR)
    draw = random.Random(5)  # noqa: S311  repeatable, not secret
    drawn = [TopicScore("q", draw.uniform(0.2, 6), draw.uniform(0, 4)) for _ in range(20_000)]
    given = [(one, draw.random() < wanted.confidence(one)) for one in drawn]
    found = fit(given)
    assert dataclasses.asdict(found) == pytest.approx(dataclasses.asdict(wanted), abs=0.15)
    assert fit(given) == found


def test_the_card_shows_the_curve_and_how_well_it_holds() -> None:
    """What is written is what is read, and the gap that it names is the measured one."""
    cases = training_cases()
    written = tomllib.loads(card(Calibration.load(), cases))
    shipped = tomllib.loads(CONFIDENCE.read_text(encoding="utf-8"))
    assert Calibration(**written["curve"]) == Calibration.load()
    assert written["card"] == shipped["card"]
    assert (
        written["card"]["texts"]
        == len(cases)
        == 4 * len({case.text for case in cases if case.text and case.headline})
    )
    held = judge(case for case in read_own_set() if case.split == "held")
    gap = written["mean_calibration_error"]["held half, whole"]
    assert gap == pytest.approx(calibration_error(held), abs=0.001)
    assert gap < 0.06
