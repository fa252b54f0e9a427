"""Draw the pictures of README and docs as SVG, without a network or other programs."""

import io
import re
from html import escape
from typing import NamedTuple

from click.testing import CliRunner
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from warta.pipeline.cli import cli

SAMPLE = "sample_data/sources/text/kabar-gencatan-senjata.txt"
BODY_LINES = 4
"""Lines of the article's text that the recording keeps."""


class Step(NamedTuple):
    """A step of the graph, as the picture and the page on architecture show it."""

    name: str
    work: str
    aside: str = ""
    crosses: str = ""


STEPS = (
    Step("References", "files, byte ranges, feeds, rejects to replay", crosses="references"),
    Step("ReadSources", "bytes become records", "rejects"),
    Step("DropKnownRecords", "drops records that the lake has", "known"),
    Step("CleanArticles", "text, dates, language, authors", "rejects"),
    Step("DropKnownArticles", "drops articles with known content", "known"),
    Step("TagArticles", "entities, Wikidata ids, topics", "rejects"),
    Step("Stage...", "rows into _staging/, one sink a kind", crosses="descriptors of row groups"),
    Step("FindDuplicates", "versions and copies", crosses="descriptors, row updates"),
    Step("PublishRows", "final files, still in staging", crosses="counts, descriptors of files"),
    Step("CommitRun", "counts must add up; plan, moves, commit file"),
)
"""The graph of a batch, in order. `aside` is an additional output, `crosses` is shuffled on."""

FUSED = range(1, 7)
"""The steps from ReadSources to Stage are one fused stage, drawn in one colour."""


def graph() -> str:
    """Return the graph of a batch as SVG."""
    shapes: list[str] = []
    y = 16
    for number, step in enumerate(STEPS):
        fill = "#e8f1fb" if number in FUSED else "#f3f3f3"
        shapes.append(
            f'<rect x="16" y="{y}" width="430" height="44" rx="6" fill="{fill}" stroke="#5b7083"/>'
            f'<text x="30" y="{y + 19}" class="name">{escape(step.name)}</text>'
            f'<text x="30" y="{y + 36}" class="work">{escape(step.work)}</text>'
        )
        if step.aside:
            shapes.append(
                f'<path d="M446 {y + 22} h44" class="arrow"/>'
                f'<text x="500" y="{y + 26}" class="work">{escape(step.aside)}</text>'
            )
        y += 44
        if step is not STEPS[-1]:
            gap = 34 if step.crosses else 16
            shapes.append(f'<path d="M231 {y} v{gap - 2}" class="arrow"/>')
            if step.crosses:
                label = f"shuffle: {step.crosses}"
                shapes.append(f'<text x="245" y="{y + 21}" class="cross">{escape(label)}</text>')
            y += gap
    style = (
        "text{font-family:system-ui,sans-serif;fill:#1d2830}.name{font-size:15px;font-weight:600}"
        ".work{font-size:12px}.cross{font-size:12px;fill:#9a3b26}"
        ".arrow{stroke:#5b7083;stroke-width:1.5;fill:none;marker-end:url(#tip)}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 580 {y + 16}" role="img">'
        "<title>The graph of a batch</title>"
        f"<style>{style}</style>"
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="6" refY="4" orient="auto">'
        '<path d="M0 1 L7 4 L0 7 z" fill="#5b7083"/></marker></defs>'
        f'<rect width="580" height="{y + 16}" fill="#ffffff"/>' + "\n".join(shapes) + "</svg>\n"
    )


def recording() -> str:
    """Return a recording of `warta try` on a sample as SVG."""
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(cli, ["try", SAMPLE], catch_exceptions=False)
    lines = _shortened(shown.output.splitlines()[1:])
    console = Console(record=True, width=82, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ warta try {SAMPLE}", style="bold"))
    for number, line in enumerate(lines):
        console.print(_coloured(line, title=number == 0))
    svg = console.export_svg(title="warta try", theme=MONOKAI, unique_id="warta-try")
    # Faces from the network are not asked for: any monospaced font will do.
    svg = re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: [^;]*;", "font-family: ui-monospace, monospace;", svg)


def _shortened(lines: list[str]) -> list[str]:
    """Return the output with the first lines of the article's text alone."""
    length = next(n for n, line in enumerate(lines) if line.startswith("  length"))
    removed = next(n for n, line in enumerate(lines) if line.startswith("Removed"))
    body = lines[length + 2 : removed]
    left = len(body) - BODY_LINES
    return [
        *lines[: length + 2],
        *body[:BODY_LINES],
        f"  ... {left} more lines",
        "",
        *lines[removed:],
    ]


def _coloured(line: str, *, title: bool) -> Text:
    """Return a line with its label in colour, and headings in bold."""
    text = Text(line)
    if title or (
        line and not line.startswith(" ") and re.match(r"(Removed|Entities|Topics) ", line)
    ):
        text.stylize("bold yellow")
    text.highlight_regex(r"^  [a-z_]+(?= )", "cyan")
    text.highlight_regex(r"\bQ\d+\b|medtop:\d+", "green")
    return text
