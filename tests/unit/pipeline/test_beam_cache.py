"""What is remembered of Beam's options and methods is what Beam says of them."""

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.transforms.core import DoFn, get_function_args_defaults

from warta.pipeline.beam_cache import RememberingOptions, remembering


class _Step:
    def process(self, element: str, at: object = DoFn.TimestampParam, *, only: int = 0) -> None:
        """Take an element."""

    def finish_bundle(self) -> None:
        """End."""


def test_views_share_their_values_and_are_made_once() -> None:
    """A value that one view is given is seen by all, as Beam promises."""
    options = RememberingOptions(["--runner=FnApiRunner", "--direct_num_workers=3"])
    assert options.view_as(DirectOptions).direct_num_workers == 3
    assert options.view_as(DirectOptions) is options.view_as(DirectOptions)
    options.view_as(StandardOptions).runner = "PrismRunner"
    assert options.view_as(StandardOptions).runner == "PrismRunner"
    assert options.view_as(PipelineOptions).get_all_options()["runner"] == "PrismRunner"
    assert RememberingOptions([]).view_as(DirectOptions).direct_num_workers == 1


def test_all_options_are_those_of_beam() -> None:
    """What travels to workers is the same."""
    flags = ["--runner=FnApiRunner", "--streaming"]
    assert RememberingOptions(flags).get_all_options() == PipelineOptions(flags).get_all_options()


def test_methods_are_inspected_once_a_class() -> None:
    """Bound or not, with defaults or without: as Beam says, and nobody alters it for another."""
    remembered = remembering(get_function_args_defaults)
    for function in (_Step().process, _Step.process, _Step().finish_bundle, len, _never):
        for _ in range(2):
            names, defaults = remembered(function)
            assert (names, defaults) == get_function_args_defaults(function)
            names.append("altered")
    asked: list[object] = []

    def inspect(function: object) -> tuple[list[str], list[object]]:
        asked.append(function)
        return [], []

    counting = remembering(inspect)
    for step in (_Step(), _Step()):
        counting(step.process)
    assert len(asked) == 1


def _never(element: str, default: int = 1) -> None: ...
