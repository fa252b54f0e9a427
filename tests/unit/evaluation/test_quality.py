"""The floors are held: a figure under its floor is named, one over its ceiling too."""

import tomllib

import pytest

from evaluation.quality import HERE, SUITES, undercut


@pytest.mark.parametrize(
    ("figures", "floors", "faults"),
    [
        ({"f1": 0.9}, {"f1": 0.9}, 0),
        ({"f1": 0.89}, {"f1": 0.9}, 1),
        ({"lost": 1.0}, {"lost_max": 0}, 1),
        ({"lost": 0.0}, {"lost_max": 0}, 0),
        ({}, {"f1": 0.9}, 1),
        ({}, {"f1_max": 0.9}, 1),
        ({"f1": 0.9, "other": 0.1}, {"f1": 0.9}, 0),
    ],
)
def test_undercut(figures: dict[str, float], floors: dict[str, float], faults: int) -> None:
    """A floor holds at its very value; a floor without a figure is misspelt, or holds nothing."""
    assert len(undercut(figures, floors)) == faults


def test_floors_name_suites_that_are_measured() -> None:
    """A misspelt suite would never be held."""
    floors = tomllib.loads((HERE / "floors.toml").read_text(encoding="utf-8"))
    assert set(floors) == set(SUITES)
