"""What a lake may be called."""

import pytest

from warta.pipeline.cli import main
from warta.transforms.core.errors import LakeError
from warta.transforms.lake.storage import Lake

UNREACHABLE = "s3://news/x?scheme=http&endpoint_override=127.0.0.1:9&region=us-east-1"


@pytest.mark.parametrize("uri", ["s3://", "gs://?region=x", "file://"])
def test_a_uri_that_names_nothing_is_refused(uri: str) -> None:
    """Its bucket was forgotten, by a variable that is not set."""
    with pytest.raises(LakeError, match="names no bucket or folder"):
        Lake(uri)


def test_a_name_that_is_not_utf8_is_refused() -> None:
    """No reader of Parquet could open it."""
    with pytest.raises(LakeError, match="is not UTF-8"):
        Lake("danau-\udcff")


@pytest.mark.long
def test_a_store_that_does_not_answer_is_no_wrong_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Later it may: status 1, one line."""
    assert main(["verify", UNREACHABLE]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("warta: cannot read the lake s3://news/x")
    assert errors.count("\n") == 1
