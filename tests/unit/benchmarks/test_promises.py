"""What fails the bench, and what it says of promises."""

import pytest

from benchmarks.promises import PROMISES, Promise, judge


@pytest.mark.parametrize(
    ("promise", "figure", "worse", "missed"),
    [
        (Promise(1.2), 1.2, False, False),
        (Promise(1.2), 1.21, True, True),
        (Promise(1.2, held=2.0), 1.21, False, True),
        (Promise(1.2, held=2.0), 2.0, False, True),
        (Promise(1.2, held=2.0), 2.01, True, True),
        (Promise(1.6, at_least=True), 1.6, False, False),
        (Promise(1.6, at_least=True), 1.59, True, True),
        (Promise(1.6, held=1.0, at_least=True), 1.59, False, True),
        (Promise(1.6, held=1.0, at_least=True), 0.99, True, True),
        (Promise(0.0, held=1.0), float("nan"), True, True),
    ],
)
def test_a_missed_promise_is_said_and_only_what_got_worse_fails(
    promise: Promise, figure: float, worse: bool, missed: bool
) -> None:
    said = judge({"figure": figure}, {"figure": promise})
    assert tuple(map(bool, said)) == (worse, missed)


def test_a_promised_figure_that_was_not_measured_is_an_error() -> None:
    with pytest.raises(KeyError, match="figure"):
        judge({}, {"figure": Promise(1.0)})


def test_what_is_held_is_no_stricter_than_what_was_promised() -> None:
    for name, promise in PROMISES.items():
        assert promise.held is None or promise.is_held(promise.bound), name
