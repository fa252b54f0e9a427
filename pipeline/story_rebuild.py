"""`warta stories rebuild`: rebuild the stories of a lake, in one commit."""

from dataclasses import dataclass
from datetime import UTC, datetime

from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import LakeError
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.commit import commit, recover
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.iceberg import protocol as iceberg
from warta.transforms.lake.layout import Run, new_invocation_id
from warta.transforms.lake.locking import hold
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.stories.articles import fill_files
from warta.transforms.lake.stories.rebuild import RebuildPlan, plan_rebuild
from warta.transforms.lake.stories.table import stage_stories


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild has changed, or would change."""

    articles: int
    """Articles of the lake."""
    filled: int
    """Of these, those that had no story, since their rows are of an older version."""
    joined: int
    """Stories that are part of another one from now on."""
    apart: int
    """Stories that an earlier rebuild had joined and that stand by themselves again."""
    rows: int
    """Rows that the table of stories gets."""
    files: int
    """Files of articles that are written again."""


def rebuild_stories(uri: str, *, story_days: int, wait_s: float, dry_run: bool) -> Rebuilt:
    """Rebuild the stories of a lake.

    Args:
      uri: Of the lake.
      story_days: Days between a story and what joins it, at most.
      wait_s: How long to wait for a run that writes the lake.
      dry_run: Whether to look only.

    Raises:
      LakeError: No lake, one that is being written, or one that cannot be.
    """
    lake = Lake(uri)
    lake.check()
    invocation_id = new_invocation_id()
    if dry_run:
        run = Run(f"stories-{invocation_id.lower()}", invocation_id, datetime.now(UTC))
        return _rebuilt(plan_rebuild(lake, run, read_snapshot(lake), story_days))
    with hold(lake, wait_s) as writer:
        iceberg.check_writable(lake)
        lake.create()
        recover(lake)
        run = Run(f"stories-{invocation_id.lower()}", invocation_id, datetime.now(UTC), writer)
        plan = plan_rebuild(lake, run, read_snapshot(lake), story_days)
        failpoint("rebuild.planned")
        if not plan.changes_nothing:
            _commit(lake, run, plan)
    return _rebuilt(plan)


def _commit(lake: Lake, run: Run, plan: RebuildPlan) -> None:
    if plan.articles.lacking and not iceberg.may_replace_files(lake):
        raise LakeError(
            f"a catalog that follows {lake} is down, and its readers need the files as they are: "
            f"`warta catalog sync {lake}` says which; nothing was changed"
        )
    with lake.writing():
        files = list(fill_files(lake, run, plan.articles, plan.fills))
        files += stage_stories(lake, run, plan.rows, len(files))
    done = _rebuilt(plan)
    details = {
        "compacted": sum(len(file.replaces) for file in files),
        "stories_rebuilt": {"filled": done.filled, "joined": done.joined, "apart": done.apart},
    }
    commit(lake, run, Counts(), files, details)


def _rebuilt(plan: RebuildPlan) -> Rebuilt:
    return Rebuilt(
        articles=len(plan.articles.ids),
        filled=len(plan.fills),
        joined=plan.moved,
        apart=plan.apart,
        rows=len(plan.rows),
        files=len(plan.articles.lacking),
    )


def summarize_rebuild(done: Rebuilt, *, dry_run: bool) -> str:
    """Return what a rebuild has done, or would do, in a line or two."""
    if not (done.filled or done.rows):
        return f"nothing to change: the stories of {done.articles:,} articles are as they should be"
    would = "would " if dry_run else ""
    parts = [
        f"{done.filled:,} articles {would}get a story" if done.filled else "",
        f"{done.joined:,} stories {would}join others" if done.joined else "",
        f"{done.apart:,} stories {would}stand by themselves again" if done.apart else "",
        f"{done.rows:,} rows of stories {would or 'are '}{'be ' if dry_run else ''}written",
    ]
    text = f"{done.articles:,} articles: {', '.join(part for part in parts if part)}"
    if done.files:
        text += f"; {done.files:,} files of articles {'would be' if dry_run else 'were'} replaced"
    return text
