"""How a command ends: one line, of a length that can be read."""

import pytest

from warta.pipeline.commands.exit_status import WRONG_USAGE, complain


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("no such file", "warta: no such file\n"),
        ("x" * 2_000, f"warta: {'x' * 2_000}\n"),
        ("unknown " + "z" * 5_000, f"warta: unknown {'z' * 1_992}... (5,008 characters)\n"),
    ],
)
def test_a_message_is_one_line_that_can_be_read(
    capsys: pytest.CaptureFixture[str], message: str, shown: str
) -> None:
    """A value of any length may be what a message is about."""
    assert complain(message, WRONG_USAGE) == WRONG_USAGE
    assert capsys.readouterr().err == shown
