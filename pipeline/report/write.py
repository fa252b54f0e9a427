"""Reports written to files: whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from warta.pipeline.output_file import write_file
from warta.pipeline.report.build import Progress, build_report
from warta.pipeline.report.page import render_report
from warta.pipeline.report.scope import Scope


def write_report(uri: str, scope: Scope, output: str, report: Progress = lambda _: None) -> None:
    """Write the page about a lake.

    Args:
      uri: Of the lake.
      scope: Which of its articles.
      output: A local path.
      report: Called with what is done next.

    Raises:
      WartaError: The lake cannot be read, an extra is missing, or the file cannot be written.
    """
    # Imported here: a page about an article needs nothing that draws.
    from warta.pipeline.report.drawing import ChartDrawer

    with ChartDrawer() as drawer:
        page = render_report(
            build_report(uri, scope, report=report, made=drawer.begin), drawer, report
        )
    write_file(output, page)


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show what is done next as one line on a terminal, drawn again in place."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("the lake") as status:
        yield lambda step: status.update(Text(step))
