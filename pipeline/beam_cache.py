"""Remember what Beam works out again for each step of a graph: a sixth of a short run.

Beam parses its options hundreds of times to look at one of them, and inspects the arguments of the
same hundred methods thousands of times.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from inspect import ismethod
from types import MethodType
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms import core

_Arguments = tuple[list[str], list[Any]]
_View = TypeVar("_View", bound=PipelineOptions)
_ANYTHING = object()
_views: WeakKeyDictionary[PipelineOptions, dict[type[PipelineOptions], PipelineOptions]] = (
    WeakKeyDictionary()
)


class RememberingOptions(PipelineOptions):
    """Beam's options, of which each view is made once: all views share their values anyway."""

    def view_as(self, cls: type[_View]) -> _View:
        """Return the view of a class, made once."""
        views = _views.setdefault(self, {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        return cast("_View", views[cls])


@cache
def remember_arguments() -> None:
    """Let Beam inspect the arguments of a method once a process."""
    inspect = core.get_function_args_defaults
    setattr(core, inspect.__name__, remembering(inspect))


def remembering(inspect: Callable[[Any], _Arguments]) -> Callable[[Any], _Arguments]:
    """Return a function that gives what `inspect` says of a function, and keeps it for methods.

    The same method of all objects of a class is one function.
    """

    @lru_cache(maxsize=1024)
    def of_method(function: Callable[..., Any]) -> _Arguments:
        # What a method is bound to does not matter, only that it is.
        return inspect(MethodType(function, _ANYTHING))

    def arguments(function: Any) -> _Arguments:
        if not ismethod(function):
            return inspect(function)
        names, defaults = of_method(function.__func__)
        # Lists of their own: what a caller does to them concerns no other.
        return [*names], [*defaults]

    return arguments
