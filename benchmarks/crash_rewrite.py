"""Rewrites of an old lake that are ended at every step."""

import signal
from collections.abc import Sequence
from pathlib import Path

from benchmarks.crash_ground import Ground, check, copied, copy_lake, look, say
from tests.support.jobs import Ended, in_child, run_job
from warta.transforms.lake import failpoints

REWRITE_POINTS = (
    "publish.closed:2",
    "commit.checked",
    "commit.planned",
    "commit.moved:2",
    "commit.moves_made",
    "commit.committed",
    *failpoints.REWRITE_POINTS,
    "commit.retired:2",
    "commit.plan_removed",
)
"""Steps of a rewrite at which it is ended."""
REWRITE_PAIRS = (
    ("commit.moved:2", "commit.moved:2"),
    ("commit.moves_made", "commit.committed"),
    ("commit.committed", "commit.marked"),
    ("commit.marked", "commit.retired:2"),
)
OLD_LAKE = Path(__file__).parent.parent / "tests" / "lakes" / "v2"


class RewriteGround(Ground):
    """The same for rewrites: an old lake, and what a rewrite makes of it."""

    def job(self, lake: str) -> list[str]:
        """Return the command of a rewrite."""
        return ["compact", lake, "--rewrite", "--quiet"]


def prepare_rewrite(folder: Path, uri: str = "{name}") -> RewriteGround:
    """Copy an old lake, and rewrite it once, undisturbed.

    Args:
      folder: For lakes on the disk.
      uri: Of lakes, with {name} for their name.
    """
    place = uri if "://" in uri else f"{folder}/{uri}"
    history, lake = place.format(name="history-2"), place.format(name="rewritten")
    in_child(lambda: copy_lake(str(OLD_LAKE), history))
    in_child(lambda: copy_lake(history, lake))
    ground = RewriteGround(folder, history, {}, 0.0)
    ended = run_job(ground.job(lake))
    assert ended == Ended(0, ""), ended
    wanted = in_child(lambda: look(lake))
    assert (wanted["faults"], wanted["layout"]) == ([], 3)
    return RewriteGround(folder, history, wanted, 0.0)


def kill_rewrites(ground: Ground, points: Sequence[str], pairs: Sequence[Sequence[str]]) -> None:
    """End rewrites at points and at pairs of them; readers see one layout, whole, at each."""
    for faults in [*((point,) for point in points), *pairs]:
        with copied(ground) as lake:
            for fault in faults:
                ended = run_job(ground.job(lake), fault)
                assert ended.status == -signal.SIGKILL, f"{fault} was not passed: {ended}"
                layouts, rows = in_child(lambda: look_as_reader(lake))
                assert len(layouts) == 1, f"ended at {fault}: files of layouts {layouts}"
                articles = len(ground.wanted["rows"]["articles"])
                assert rows == articles, f"ended at {fault}: {rows} articles, not {articles}"
            ended = run_job(ground.job(lake))
            assert ended.status == 0, f"after {faults}: {ended}"
            check(" and ".join(faults), lake, ground.wanted)
    say(f"  killed at each of {len(points)} points and {len(pairs)} pairs: lakes as undisturbed")


def look_as_reader(lake: str) -> tuple[list[int], int]:
    """Return the layouts that live files have, and how many articles a reader of them finds."""
    from warta.transforms.lake.catalog import read_snapshot
    from warta.transforms.lake.reading import open_dataset
    from warta.transforms.lake.storage import Lake

    return sorted(read_snapshot(Lake(lake)).layouts()), open_dataset(lake).count_rows()
