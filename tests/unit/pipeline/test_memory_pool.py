"""Commands take the allocator whose memory does not grow with the number of batches."""

import os
import subprocess
import sys

import pytest

from tests.support.waiting import PATIENCE_S

_ASK = (
    "import sys; sys.argv = ['warta', '--version']; from warta.pipeline.__main__ import main; "
    "main(); import pyarrow as pa; print(pa.default_memory_pool().backend_name)"
)
_VARIABLE = "ARROW_DEFAULT_MEMORY_POOL"


@pytest.mark.parametrize(("chosen", "expected"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_a_command_uses_the_allocator_of_the_system_unless_told_otherwise(
    chosen: str | None, expected: str
) -> None:
    variables = {name: value for name, value in os.environ.items() if name != _VARIABLE}
    if chosen:
        variables[_VARIABLE] = chosen
    command = [sys.executable, "-c", _ASK]
    done = subprocess.run(
        command, capture_output=True, text=True, env=variables, check=True, timeout=PATIENCE_S
    )
    assert done.stdout.splitlines()[-1] == expected
