"""What is left of a lake that may be damaged: where a repair looks for what runs have written."""

from collections.abc import Iterator, Mapping
from typing import Any

from warta.transforms.core.schema import ALL_TABLES
from warta.transforms.lake.catalog import Commit, Snapshot, parse_commit_file
from warta.transforms.lake.checksums import parse_document
from warta.transforms.lake.commit_paths import commit_id_of
from warta.transforms.lake.file_names import is_of_run, run_of_file
from warta.transforms.lake.layout import ARTICLE_INDEX, COMMITS, REPLACED
from warta.transforms.lake.plans import check_plan
from warta.transforms.lake.storage import Lake


class Remains:
    """The commits, plans and files of a lake, sound and damaged.

    Args:
      lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.commits: dict[str, Commit] = {}
        """Commit files that can be read, by path."""
        self.plans: dict[str, Mapping[str, Any]] = {}
        """Plans that can be read, by path."""
        self.bad: dict[str, str] = {}
        """Commit files and plans that cannot be read: path -> why."""
        for path in lake.files(COMMITS):
            self._read(path)
        self.live = Snapshot(self.commits.values())
        self._strays = [
            path
            for table in (*ALL_TABLES, ARTICLE_INDEX)
            for path in lake.files(table, recursive=True)
            if path not in self.live
        ]
        """Files in tables that no commit lists."""

    def _read(self, path: str) -> None:
        try:
            data = self._lake.read_bytes(path)
            if path.endswith(".json"):
                self.commits[path] = parse_commit_file(path, data)
            elif path.endswith(".pending"):
                self.plans[path] = check_plan(parse_document(data))
        except (ValueError, OSError) as error:
            if path.endswith((".json", ".pending")):
                self.bad[path] = str(error)

    def files_of(self, commit_id: str) -> list[str]:
        """Return the files in tables that no commit lists and that carry a run's commit id."""
        return [path for path in self._strays if is_of_run(path, commit_id)]

    def orphans(self) -> list[str]:
        """Return files whose commit id nothing else has any more: a checkpoint listed them."""
        known = {None, *map(commit_id_of, (*self.commits, *self.plans, *self.bad))}
        return [path for path in self._strays if run_of_file(path) not in known]

    def replaced_by(self, commit_id: str) -> Iterator[tuple[str, str]]:
        """Yield (path, where it is kept) of files that a run had replaced."""
        for folder in self._lake.folders(REPLACED):
            if folder.partition("-")[2] == commit_id:
                location = f"{REPLACED}/{folder}/"
                for kept in self._lake.files(REPLACED, folder, recursive=True):
                    yield kept.removeprefix(location), kept

    def superseded(self, checkpoint: Commit) -> list[str]:
        """Return the old commit files of which a checkpoint lists all that is in place."""
        listed = {file.path for file in checkpoint.files}
        return [
            path
            for path, commit in self.commits.items()
            if commit is not checkpoint
            and commit.committed_at <= checkpoint.committed_at
            and all(
                file.path in listed or not self._lake.exists(file.path) for file in commit.files
            )
        ]
