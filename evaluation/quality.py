"""Quality on every labelled set that is found, against the floors: `make quality`.

The sets are beside the project in `../shared/data`: floors are held there, those in
floors.toml; a floor that is undercut, or whose figure was not measured, fails. In another
folder, named in WARTA_DATA, what is found is measured, and no floor is held.
"""

import os
import sys
import tomllib
from pathlib import Path

from evaluation import cleaning as quality_cleaning
from evaluation import dates as quality_dates
from evaluation import entities as quality_entities
from evaluation import extraction as quality_extraction
from evaluation import identities as quality_identities
from evaluation import joined as quality_joined
from evaluation import links as quality_links
from evaluation import stories as quality_stories
from evaluation import topics as quality_topics

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared" / "data"
SUITES = {
    "extraction": quality_extraction,
    "cleaning": quality_cleaning,
    "joined": quality_joined,
    "dates": quality_dates,
    "entities": quality_entities,
    "links": quality_links,
    "identities": quality_identities,
    "topics": quality_topics,
    "stories": quality_stories,
}


def undercut(figures: dict[str, float], floors: dict[str, float]) -> list[str]:
    """Return a line for each floor that is not reached.

    A name that ends in `_max` is a ceiling for the figure of the name before it.
    """
    faults = []
    for name, bound in floors.items():
        figure = figures.get(name.removesuffix("_max"))
        if figure is None:
            faults.append(f"{name}: no such figure was measured")
            continue
        over = name.endswith("_max")
        if (figure > bound) if over else (figure < bound):
            faults.append(f"{name}: {figure:.4f}, {'at most' if over else 'at least'} {bound}")
    return faults


def main() -> None:
    """Print every figure with its floor; exits 1 where one is not held."""
    named = os.environ.get("WARTA_DATA")
    data = Path(named) if named else SHARED
    held = not named and data.is_dir()
    floors = tomllib.loads((HERE / "floors.toml").read_text(encoding="utf-8"))
    faults = []
    for suite, module in SUITES.items():
        figures = module.measure(data)
        bounds = floors.get(suite, {})
        print(f"\n{suite}" + ("" if figures else f": no data in {data}"))
        for name, figure in figures.items():
            bound = bounds.get(name, bounds.get(f"{name}_max"))
            print(f"  {name:44}{figure:>12.4f}" + (f"   bound {bound}" if bound else ""))
        if held:
            faults += [f"{suite}: {fault}" for fault in undercut(figures, bounds)]
    if faults:
        sys.exit("\n".join(["", "under the floor:", *faults]))


if __name__ == "__main__":
    main()
