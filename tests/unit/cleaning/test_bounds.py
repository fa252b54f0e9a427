"""Texts that are not articles: bounded in lines, or rejected, and never slow with their square."""

import pytest

from warta.transforms.cleaning.text.boilerplate import MAX_LINES, remove_boilerplate
from warta.transforms.core.rejections import RejectedRecord


def test_a_text_of_too_many_lines_is_rejected() -> None:
    """Empty lines do not count; each line beyond the bound would take half a kilobyte."""
    with pytest.raises(RejectedRecord) as raised:
        remove_boilerplate("A\n" * (MAX_LINES + 1), "id", None)
    assert raised.value.reason == "too_large"
    kept = remove_boilerplate("Kata pertama.\n" + "\n" * 1_000_000 + "Kata akhir.", "id", None)
    assert kept.body == "Kata pertama.\nKata akhir."


@pytest.mark.parametrize("line", ["😀" * 500_000, "kata " * 200_000, "." * 1_000_000])
def test_one_long_line_is_no_headline_repeated(line: str) -> None:
    """It is compared with the headline only where it can be one."""
    assert remove_boilerplate(f"{line}\nKata akhir.", "id", line[:300]).removed == ()
