"""Reports as HTML: one file, without a script, that asks for nothing outside itself.

Everything that comes from a lake is escaped by Jinja2, in its own `bdi` where directions could mix,
and without characters that act. The page's policy allows its own style, by its hash, and no more.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Callable
from datetime import date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from warta.pipeline.report.database import missing_extra
from warta.pipeline.report.figures import Figure, Report, language_name
from warta.transforms.core.redaction import mask_secrets, printable
from warta.transforms.tagging.entity_types import ENTITY_TYPES

if TYPE_CHECKING:
    from jinja2 import Environment

    from warta.pipeline.report.drawing import ChartDrawer

Progress = Callable[[str], None]
_TEMPLATES = files("warta.pipeline.report").joinpath("templates")
_MARKS = re.compile("([\u061c\u200e\u200f])")
"""Marks that turn nothing but themselves: texts from right to left need them."""
_LONGEST = 600
"""Characters of a cell."""
_SHARES = ("copies", "undated", "share")
_TEXT_KEYS = ("story_id",)


def render_report(
    report: Report, drawer: "ChartDrawer | None" = None, progress: Progress = lambda _: None
) -> str:
    """Return a report as a page.

    Args:
      report: What it says.
      drawer: Draws its charts already; None: they are drawn now.
      progress: Called with what is drawn next.

    Raises:
      RunError: The extra `report` is not installed.
    """
    if drawer is None:
        from warta.pipeline.report.drawing import ChartDrawer

        with ChartDrawer() as one:
            return render_report(report, one, progress)
    drawings: dict[str, list[str]] = {}
    for section in report.sections:
        for figure in section.figures:
            if figure.draw is not None:
                progress(f"drawing {figure.title}")
                drawings[figure.name] = [*drawer.drawing(figure)]
    return _render("report.html", report=report, drawings=drawings)


def render_page(template: str, **values: Any) -> str:
    """Return a page made of one of the templates."""
    return _render(template, **values)


def _render(template: str, **values: Any) -> str:
    environment = _environment()
    style = _TEMPLATES.joinpath("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    from markupsafe import Markup

    page = environment.get_template(template)
    return page.render(style=Markup(style), policy=policy, **values)  # noqa: S704  our own file


@functools.cache
def _environment() -> "Environment":
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError as error:
        raise missing_extra() from error
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(lambda name: _TEMPLATES.joinpath(name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_final,
    )
    environment.filters |= {
        "cell": cell,
        "language_name": language_name,
        "kind": kind_of,
        "title_of": title_of,
        "web": web_address,
        "wikidata": wikidata_address,
    }
    environment.globals["bar_width"] = bar_width
    environment.globals["entity_types"] = ENTITY_TYPES
    return environment


def _final(value: Any) -> Any:
    """Return what a template is about to write without characters that act."""
    from markupsafe import Markup

    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def shown(text: str) -> str:
    """Return a text as a page may hold it: marks of direction stay, what turns others goes.

    Example:
      >>> shown("a\u202eb") == "a\ufffdb", shown("a\u200fb") == "a\u200fb"
      (True, True)
    """
    return "".join(part if _MARKS.match(part) else printable(part) for part in _MARKS.split(text))


def cell(value: Any, column: str) -> str:
    """Return a value of a table as it is written.

    Example:
      >>> cell(1234, "articles"), cell(0.125, "copies"), cell(None, "error")
      ('1,234', '12.5%', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.1%}" if column in _SHARES else f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, bytes):
        return excerpt(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    text = mask_secrets(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def excerpt(raw: bytes) -> str:
    """Return how the bytes of a record begin, as text; as numbers where they are not text.

    Example:
      >>> excerpt(b'{"headline": "Kabar'), excerpt(bytes([31, 139, 8, 0]))
      ('{"headline": "Kabar', 'bytes 1f 8b 08 00')
    """
    text = " ".join(raw.decode("utf-8", "replace").removesuffix("\ufffd").split())
    strange = sum(letter == "\ufffd" or not letter.isprintable() for letter in text)
    if strange <= len(text) * 0.1:
        return mask_secrets(text)
    return f"bytes {raw[:16].hex(' ')}"


def kind_of(value: Any) -> str:
    """Return how a value is set: number, when or text.

    Example:
      >>> kind_of(3), kind_of("three")
      ('number', 'text')
    """
    if isinstance(value, date):
        return "when"
    return "number" if isinstance(value, int | float) else "text"


def title_of(column: str) -> str:
    """Return the heading of a column.

    Example:
      >>> title_of("taken_by")
      'taken by'
    """
    return {"wikidata_id": "Wikidata"}.get(column, column.replace("_", " "))


def web_address(text: Any) -> str:
    """Return an address that a link may lead to; empty for whatever else it is.

    Example:
      >>> web_address("https://news.example/a"), web_address("javascript:alert(1)")
      ('https://news.example/a', '')
    """
    try:
        parts = urlsplit(str(text))
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
    return mask_secrets(str(text)) if is_web else ""


def wikidata_address(key: Any) -> str:
    """Return the page of a Wikidata id; empty for anything else.

    Example:
      >>> wikidata_address("Q3630"), wikidata_address('Q1" onclick="')
      ('https://www.wikidata.org/wiki/Q3630', '')
    """
    known = isinstance(key, str) and re.fullmatch(r"Q[1-9][0-9]{0,11}", key)
    return f"https://www.wikidata.org/wiki/{key}" if known else ""


def bar_width(value: float, figure: Figure) -> str:
    """Return the length of a bar in a table, of 100."""
    place = figure.result.columns.index(figure.bar)
    largest = max((row[place] for row in figure.result.rows), default=0) or 1
    return f"{100 * value / largest:.1f}"
