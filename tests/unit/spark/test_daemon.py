"""What executors' Python does before it works."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.waiting import PATIENCE_S

_LOOK = """
import importlib, sys, zipimport
from warta.pipeline.spark.daemon import keep_directories_of_zips
import warta_zipped
read = zipimport._read_directory
zipimport._read_directory = lambda path: sys.exit("listed again")
keep_directories_of_zips()
importlib.invalidate_caches()
zipimport._read_directory = read
sys.path.insert(0, sys.argv[1])
import warta_sent_later
print(warta_zipped.NAME, warta_sent_later.NAME)
"""


def test_zips_are_listed_once_however_often_spark_forgets(tmp_path: Path) -> None:
    """Those that come later are found all the same."""
    for name in ("zipped", "sent_later"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as made:
            made.writestr(f"warta_{name}.py", f"NAME = {name!r}\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path / 'zipped.zip')!r})\n{_LOOK}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "sent_later.zip")],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.stdout, done.stderr) == ("zipped sent_later\n", "")
