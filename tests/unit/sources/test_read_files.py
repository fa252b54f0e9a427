"""Records up to a number."""

from pathlib import Path

import pytest

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Source
from warta.transforms.sources.read_files import ReadFirst


@pytest.mark.parametrize(("records", "opened"), [(1, 1), (3, 1), (4, 2), (9, 3)])
def test_the_first_records_are_read_and_no_more(tmp_path: Path, records: int, opened: int) -> None:
    """In the order of the references; what follows them is not opened, and may be missing."""
    references = []
    for number in range(3):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b'{"body": "Kapal berlabuh."}\n' * 3)
        references.append(Reference(Source(str(path)), str(path), "jsonl"))
    for late in references[opened:]:
        Path(late.uri).unlink()
    read = ReadFirst(tuple(references), records)
    found = list(read(references[0], InputLimits(), True))
    assert len(found) == records
    assert {one.source_uri for one in found} == {one.uri for one in references[:opened]}
