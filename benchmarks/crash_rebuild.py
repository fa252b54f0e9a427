"""Rebuilds of a lake's stories that are ended at every step."""

from pathlib import Path

from benchmarks.crash_ground import Ground, copy_lake, look, report_of, write_records
from tests.support.jobs import Ended, in_child, run_job
from warta.transforms.lake import failpoints

REBUILD_POINTS = (
    *failpoints.REBUILD_POINTS,
    "publish.closed:2",
    "commit.checked",
    "commit.planned",
    "commit.moved:2",
    "commit.moves_made",
    "commit.committed",
    "commit.retired:2",
    "commit.plan_removed",
)
"""Steps of a rebuild at which it is ended."""
REBUILD_PAIRS = (
    ("commit.moved:2", "commit.moved:2"),
    ("commit.moves_made", "commit.committed"),
)
OLD_LAKE = Path(__file__).parent.parent / "tests" / "lakes" / "v3"


class RebuildGround(Ground):
    """The same for rebuilds: an old lake to which articles came without stories."""

    def job(self, lake: str) -> list[str]:
        """Return the command that makes its stories."""
        return ["stories", "rebuild", lake, "--quiet"]


def prepare_rebuild(folder: Path) -> RebuildGround:
    """Add to an old lake with stories switched off, and rebuild it once, undisturbed.

    Args:
      folder: For lakes and inputs.
    """
    history, lake = f"{folder}/history-3", f"{folder}/rebuilt"
    in_child(lambda: copy_lake(str(OLD_LAKE), history))
    for number in range(3):
        part = folder / f"reports-{number}.jsonl"
        write_records(part, [report_of(event, number) for event in range(3)])
        options = ["--lake", history, "--story-days", "0", "--compact", "off", "--quiet"]
        assert run_job(["run", str(part), *options]) == Ended(0, "")
    in_child(lambda: copy_lake(history, lake))
    ended = run_job(RebuildGround(folder, history, {}, 0.0).job(lake))
    assert ended == Ended(0, ""), ended
    wanted = in_child(lambda: look(lake))
    assert wanted["faults"] == []
    assert len(wanted["rows"]["stories"]) > 3
    return RebuildGround(folder, history, wanted, 0.0)
