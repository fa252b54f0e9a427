"""Of three extractors two must agree; a sentence is never lost for want of a vote."""

import pytest

from warta.transforms.cleaning.html.accurate_extraction import MAX_TAGS, decide, is_askable

LEDE = "Petani di lereng Merbabu memanen cabai dua pekan lebih awal karena hujan berhenti."
BODY = (
    "Harga di pasar turun sejak pagi, kata Sari Wulandari, pedagang yang sudah berjualan di sana "
    "sejak 1998, dan pembeli dari kota datang lebih banyak."
)
LOST = (
    "Pemerintah kabupaten menyiapkan gudang pendingin agar panen tidak terbuang percuma, dan "
    "petani boleh memakainya tanpa biaya sampai akhir musim."
)


@pytest.mark.parametrize(
    ("own", "second", "third", "lines"),
    [
        pytest.param([LEDE, BODY], [LEDE, BODY], [LEDE], [LEDE, BODY], id="agreed"),
        pytest.param([LEDE, "Bagikan", BODY], [LEDE, BODY], [], [LEDE, BODY], id="label"),
        pytest.param([LEDE, BODY, "Warga pun pulang lebih awal."], [LEDE, BODY], [],
                     [LEDE, BODY, "Warga pun pulang lebih awal."], id="short sentence"),
        pytest.param([LEDE, BODY], [LEDE, LOST, BODY], [LOST], [LEDE, LOST, BODY], id="two votes"),
        pytest.param([LEDE, BODY], [LOST, LEDE, BODY], [LOST], [LOST, LEDE, BODY], id="first"),
        pytest.param([LEDE, BODY], [LEDE, BODY, LOST], [], [LEDE, BODY], id="one vote"),
        pytest.param([LEDE, BODY], [LOST], [LOST], [LEDE, BODY], id="second went astray"),
        pytest.param([LEDE, BODY], [], [], [LEDE, BODY], id="second found nothing"),
        pytest.param(["Menu"], [LEDE, BODY], [], [LEDE, BODY], id="ours went astray"),
        pytest.param([], [LEDE, BODY], [], [LEDE, BODY], id="ours found nothing"),
    ],
)  # fmt: skip
def test_two_of_three_decide(
    own: list[str], second: list[str], third: list[str], lines: list[str]
) -> None:
    """Short lines need a second vote to stay, long ones two others to come in."""
    assert decide("\n".join(own), "\n".join(second), "\n".join(third)).split("\n") == lines


def test_large_pages_go_without() -> None:
    """The others are not asked where their time would grow too long."""
    assert is_askable("<p>Halo")
    assert not is_askable("<p>" * (MAX_TAGS + 1))
    assert not is_askable("x" * 2_000_001)
