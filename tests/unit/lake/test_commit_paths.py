"""Commit files and plans are listed by one function each."""

from pathlib import Path

from warta.transforms.lake.commit_paths import (
    commit_id_of,
    commit_of,
    commit_path,
    list_commits,
    list_plans,
    plan_of,
    plan_path,
)
from warta.transforms.lake.storage import Lake


def test_commits_and_plans_are_listed_apart(tmp_path: Path) -> None:
    """Files that are half written, and folders, are neither."""
    lake = Lake(str(tmp_path))
    assert (list_commits(lake), list_plans(lake)) == ([], [])
    folder = tmp_path / "_commits"
    (folder / "folder.json").mkdir(parents=True)
    for name in ("t2.json", "t1.json", "news-1.json", "t3.pending", "t4.json.writing"):
        (folder / name).touch()
    assert [*map(commit_id_of, list_commits(lake))] == ["news-1", "t1", "t2"]
    assert list_commits(lake, "news-") == [commit_path("news-1")]
    assert list_plans(lake) == [plan_path("t3")]


def test_a_plan_and_its_commit_file_differ_in_their_suffix() -> None:
    """Each is found from the other."""
    assert commit_of(plan_path("t.1")) == commit_path("t.1")
    assert plan_of(commit_path("t.1")) == plan_path("t.1")
