"""The names that programs import from warta."""

import subprocess
import sys
from pathlib import Path

import apache_beam as beam
import pytest

import warta
import warta.transforms as public

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", public.__all__)
def test_a_public_name_is_there_and_documented(name: str) -> None:
    """Its docstring has an example, which the tests of docstrings run."""
    value = getattr(public, name)
    assert ">>> " in value.__doc__
    assert name in dir(public)


def test_the_list_of_modules_and_the_public_names_agree() -> None:
    assert sorted(public._MODULE_OF) == sorted(public.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'ReadAll'"):
        _ = public.ReadAll
    with pytest.raises(AttributeError, match="has no attribute 'lakes'"):
        _ = warta.lakes


def test_the_reader_is_the_same_by_both_names() -> None:
    assert warta.open_dataset is public.open_dataset


def test_a_checkout_gives_the_same_classes_by_the_folders_name() -> None:
    """A class that existed twice would fail `isinstance` and pickling; Beam is not imported."""
    code = (
        "import sys, warta, warta.transforms, transforms\n"
        "warta.open_dataset, transforms.Source\n"
        "assert 'apache_beam' not in sys.modules\n"
        "from transforms import Article, WriteLake\n"
        "assert Article is warta.transforms.core.records.Article\n"
        "assert WriteLake is warta.transforms.WriteLake\n"
        "assert 'apache_beam' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=300)


@pytest.mark.parametrize(
    "name", [name for name in public.__all__ if name.endswith(("Articles", "Sources", "Lake"))]
)
def test_a_public_transform_declares_what_it_takes_and_gives(name: str) -> None:
    transform = getattr(public, name)
    assert issubclass(transform, beam.PTransform)
    assert transform.__orig_bases__[0].__args__[1] is not None
