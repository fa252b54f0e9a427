"""Charts as SVG: drawn offline, then reduced to shapes and text that a page can hold safely."""

import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self
from xml.etree import ElementTree

from markupsafe import Markup

from warta.pipeline.report.charts.base import Draw, Spec
from warta.pipeline.report.database import missing_extra
from warta.pipeline.report.figures import Figure
from warta.transforms.core.exhaustion import check_address_space
from warta.transforms.core.file_descriptors import check_descriptors
from warta.transforms.core.redaction import printable

_NAMESPACE = "http://www.w3.org/2000/svg"
_TAGS = frozenset(
    ("svg", "g", "path", "rect", "line", "circle", "text", "tspan", "defs", "clipPath")
)
_DROPPED = ("aria-", "role", "pointer-events", "style", "href", "on", "font-family", "class")
"""Beginnings of attributes that a drawing does without; among them all that could act."""
_REFERENCE = re.compile(r"url\(#([\w-]+)\)")
_NO_XML = re.compile("[\ufffe\uffff]")
_LONGEST = 160
"""Characters of a text in a chart."""
_OPEN_FILES = 24
"""Files and pipes that the engine of the library and a database over a lake have open at once."""
_ADDRESS_SPACE = 80_000_000_000
"""Bytes that the engine of the library sets aside, of which it uses few."""
_NOTHING: Spec = {"data": {"values": []}, "mark": "point"}
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_LONG_PATH = 200
"""Characters of a path whose points are written to a tenth of a pixel: a coast."""


class ChartDrawer:
    """Draws the charts of figures in a thread of its own, while the lake is still being read.

    Raises:
      RunError: The library that draws is not installed.
      OSError: The process may not open enough files.
      ExhaustedError: Its address space is too small.
    """

    def __init__(self) -> None:
        # Without these the library ends in a panic.
        check_descriptors(_OPEN_FILES, "a report")
        check_address_space(
            _ADDRESS_SPACE, "a report with charts", "lift the limit (ulimit -v unlimited)"
        )
        _library()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="charts")
        self._drawn: dict[str, Future[list[Markup]]] = {}
        # The engine of the library takes most of a second to start.
        self._executor.submit(draw_svg, _NOTHING, "nothing", "", "wide")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up what has not been started."""
        self._executor.shutdown(cancel_futures=True)

    def begin(self, figure: Figure) -> None:
        """Have a figure drawn, if it has a chart."""
        if figure.draw is not None:
            self._drawn[figure.name] = self._executor.submit(_both_widths, figure, figure.draw)

    def drawing(self, figure: Figure) -> list[Markup]:
        """Return the chart of a figure for both widths; begin it, if nobody has."""
        if figure.name not in self._drawn:
            self.begin(figure)
        return self._drawn[figure.name].result()


def _both_widths(figure: Figure, draw: Draw) -> list[Markup]:
    label = f"{figure.title}. {figure.says}"
    return [
        draw_svg(draw(kind == "wide"), f"{figure.name}-{kind}", label, kind)
        for kind in ("wide", "narrow")
    ]


def _library() -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise missing_extra() from error
    return vl_convert


def draw_svg(spec: Spec, name: str, label: str, kind: str) -> Markup:
    """Return a chart as an SVG element of a page.

    Args:
      spec: Vega-Lite.
      name: A word that no other chart of the page has: ids in it begin with this.
      label: What the chart shows, for those who hear the page.
      kind: Its class: wide or narrow.

    Raises:
      RunError: The library that draws is not installed.
    """
    drawn = _library().vegalite_to_svg(_printable(spec), allowed_base_urls=[])
    return clean_svg(drawn, name, label, kind)


def clean_svg(drawn: str, name: str, label: str, kind: str) -> Markup:
    """Return an SVG of a drawing library as one that a page can hold.

    What is not a shape, text or a clip is dropped, and every attribute that could act.

    Example:
      >>> clean_svg('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script/></svg>',
      ...     "days", "Articles a day", "wide")
      Markup('<svg viewBox="0 0 9 9" class="chart wide" role="img" aria-label="Articles a day" />')
    """
    # The text is the drawing library's own, of a spec made here: it has no entities.
    root = ElementTree.fromstring(drawn)  # noqa: S314
    _clean(root, name)
    root.attrib.pop("height", None)
    root.attrib |= {"class": f"chart {kind}", "role": "img", "aria-label": printable(label)}
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704


def _clean(element: ElementTree.Element, name: str) -> None:
    element.tag = _local(element.tag)
    for key, value in list(element.attrib.items()):
        if key.startswith(("{", *_DROPPED)) or key in ("version",):
            del element.attrib[key]
        elif key == "id":
            element.attrib[key] = f"{name}-{value}"
        elif key in ("d", "transform"):
            element.attrib[key] = _rounded(value, 1 if len(value) > _LONG_PATH else 2)
        else:
            element.attrib[key] = _REFERENCE.sub(rf"url(#{name}-\1)", value)
    for child in list(element):
        if _local(child.tag) not in _TAGS:
            element.remove(child)
        else:
            _clean(child, name)


def _rounded(text: str, digits: int) -> str:
    return _NUMBER.sub(lambda found: f"{float(found[0]):.{digits}f}", text)


def _local(tag: str) -> str:
    return tag.removeprefix(f"{{{_NAMESPACE}}}")


def _printable(value: Any) -> Any:
    """Return a spec whose texts are short, and hold nothing that turns or hides what follows."""
    if isinstance(value, str):
        return _NO_XML.sub("\ufffd", printable(value))[:_LONGEST]
    if isinstance(value, Mapping):
        return {key: _printable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value
