"""Make docs/pictures/report.png: the head of the report of a lake, as Chromium shows it.

Run `python docs/report_picture.py FILE` on a report of the sample lake.
It is not part of `make docs`, since it needs a browser.
"""

import importlib
import shutil
import sys
from pathlib import Path

PICTURE = Path(__file__).parent / "pictures" / "report.png"


def main(report: str) -> None:
    """Write the picture."""
    playwright = importlib.import_module("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 940, "height": 860})
        page.goto(Path(report).resolve().as_uri())
        page.screenshot(path=str(PICTURE))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
