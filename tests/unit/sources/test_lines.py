"""Lines of bytes: each one whole with its place and number, however the bytes come in pieces."""

import random

from warta.transforms.core.options import InputLimits
from warta.transforms.sources.lines import Line, split_lines


def lines_of(*pieces: bytes) -> list[Line]:
    """Split pieces of a file."""
    return list(split_lines(iter(pieces), 0, InputLimits()))


def test_every_line_that_holds_something_is_whole_in_its_place() -> None:
    """Sparse or crowded, cut anywhere: the same lines as a split of the whole."""
    chance = random.Random(13)  # noqa: S311
    words = [b"a", b"{}", b"\n", b"\n\n\n", b"\r\n", b" ", b"\t\n", b"kabar sore", b"x" * 20]
    for _ in range(500):
        data = b"".join(chance.choices(words, k=chance.randint(0, 40)))
        cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.randint(0, 4)))
        found = lines_of(*(data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)))
        wanted, offset = [], 0
        for number, line in enumerate(data.split(b"\n")):
            text = line.removesuffix(b"\r")
            if text.strip():
                wanted.append(Line(offset, text, len(text), None, number))
            offset += len(line) + 1
        assert [line for line in found if line.data.strip()] == wanted, data


def test_blank_lines_by_the_million_are_no_lines_of_their_own() -> None:
    """Of a packed file of line ends nothing is made but its number of lines."""
    first, last = b'{"title": "Pasang"}', b'{"title": "Surut"}'
    found = lines_of(first + b"\n", *[b"\n" * 1_000_000] * 3, b" \r\n" * 100_000, last)
    assert len(found) < 20
    held = [line for line in found if line.data.strip()]
    assert [line.data for line in held] == [first, last]
    assert [line.number for line in held] == [0, 3_100_001]
    assert held[1].offset == len(first) + 1 + 3_300_000
