"""The floors are held: a figure under its floor is named, one over its ceiling too."""

import tomllib

import pytest

from tests.quality import HERE, ROOMS, undercut


@pytest.mark.parametrize(
    ("figures", "floors", "faults"),
    [
        ({"f1": 0.9}, {"f1": 0.9}, 0),
        ({"f1": 0.89}, {"f1": 0.9}, 1),
        ({"lost": 1.0}, {"lost_max": 0}, 1),
        ({"lost": 0.0}, {"lost_max": 0}, 0),
        ({}, {"f1": 0.9}, 0),
    ],
)
def test_undercut(figures: dict[str, float], floors: dict[str, float], faults: int) -> None:
    """A floor holds at its very value; what was not measured holds."""
    assert len(undercut(figures, floors)) == faults


def test_floors_name_rooms_that_are_measured() -> None:
    """A misspelt room would never be held."""
    floors = tomllib.loads((HERE / "quality_floors.toml").read_text(encoding="utf-8"))
    assert set(floors) == set(ROOMS)


def test_floors_name_figures_that_are_measured() -> None:
    """A misspelt figure would never be held, where the data is at hand."""
    data = HERE.parent.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("the labelled sets are not here")
    floors = tomllib.loads((HERE / "quality_floors.toml").read_text(encoding="utf-8"))
    for room, bounds in floors.items():
        figures = ROOMS[room].measure(data)
        assert {name.removesuffix("_max") for name in bounds} <= set(figures)
