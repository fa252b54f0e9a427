"""One hierarchy of errors, each with the exit status of a command that ends with it."""

import inspect

import pytest

from warta.transforms.core import errors
from warta.transforms.core.rejections import RejectedRecord

CLASSES = [
    one
    for _, one in inspect.getmembers(errors, inspect.isclass)
    if one.__module__ == errors.__name__
]


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_is_one_of_warta(error: type[errors.WartaError]) -> None:
    """Told apart by what the user can do about them: 1 failed, 2 wrong usage."""
    assert issubclass(error, errors.WartaError)
    # A reader of changes must distinguish "load again" from a failure.
    allowed = (4,) if error is errors.LoadAnewError else (1, 2)
    assert error("nothing there").exit_status in allowed
    assert error.__doc__
    assert error.__name__ in str(errors.__doc__)


def test_a_rejected_record_is_no_error() -> None:
    """It is a rejection on one record: nobody who catches errors may swallow it."""
    assert not issubclass(RejectedRecord, errors.WartaError)
    assert errors.LakeBusyError.exit_status == 1
    assert errors.UsageError.exit_status == 2
