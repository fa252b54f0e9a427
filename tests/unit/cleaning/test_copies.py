"""What a page prints twice is read once, and what an author repeats stays."""

import pytest

from warta.transforms.cleaning.html.page import parse_page
from warta.transforms.core.options import InputLimits

ONE = "Petani kopi di lereng Gunung Sunyi menunda panen karena hujan turun tanpa henti sejak Mei."
TWO = "Ketua kelompok tani menyebut biji kopi yang basah mudah berjamur bila dijemur terburu-buru."
THREE = (
    "Pembeli dari kota memahami penundaan itu dan bersedia menunggu sampai cuaca membaik, asal mutu"
    " biji tetap dijaga seperti yang disepakati pada awal musim."
)
FOUR = "Dinas pertanian meminjamkan empat mesin pengering untuk dipakai bergantian oleh warga desa."
PARTS = [ONE, TWO, THREE, FOUR]


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(body: str) -> list[str]:
    page = f"<html><body><main><h1>Panen kopi ditunda</h1>{body}</main></body></html>"
    return parse_page(page, charset=None, url=None, limits=InputLimits()).text.split("\n")


ALL = paragraphs(*PARTS)


@pytest.mark.parametrize(
    "body",
    [
        f"<div class='desktop-only'>{ALL}</div><div class='mobile-only'>{ALL}</div>",
        f"<div class='a1'>{ALL}</div><div class='a2'>{ALL}</div><div class='a3'>{ALL}</div>",
        f"<article>{ALL}</article><article>{ALL}</article>",
        f"<div class='isi'>{ALL}</div><div class='print'><h2>Versi cetak</h2>{ALL}</div>",
        f"<div>{ALL}</div><div>{ALL.replace('<p>', '').replace('</p>', '<br>')}</div>",
        f"<div><div><div>{ALL}</div></div></div><section>{ALL}</section>",
        f"<div>{ALL}{ALL}</div>",
        f"{ALL}{ALL}{ALL}",
        f"<div>{ALL}</div><div>{' '.join(PARTS)}</div>",
        f"<div>{' '.join(PARTS)}</div><div>{ALL}</div>",
        f"<div class='a1'>{paragraphs(ONE, TWO)}</div><div class='a2'>{ALL}</div>",
        f"<div class='a2'>{ALL}</div><div class='a1'>{paragraphs(THREE, FOUR)}</div>",
        f"<div class='intro'><p>{THREE}</p></div><div class='isi'>{ALL}</div>",
        f"<div>{ALL}</div><div>{ALL.replace('Petani', 'PETANI')}</div>",
        f"<div>{ALL}</div><div>{ALL.replace(',', '')}</div>",
    ],
)
def test_each_paragraph_is_read_once(body: str) -> None:
    """Copies for widths and for print, whole or in part, with and without paragraphs."""
    assert sorted(line.casefold() for line in read(body)) == sorted(map(str.casefold, PARTS))


REFRAIN = "Turunlah hujan, turunlah pelan, basahi ladang kami."
VERSES = [
    f"Bait ke-{n} bercerita tentang ladang {n * 3} petak yang dijaga nenek." for n in range(4)
]


@pytest.mark.parametrize(
    ("body", "line", "times"),
    [
        (
            "".join(
                f"<div class='bait'><p>{verse}</p></div><div class='bait'><p>{REFRAIN}</p></div>"
                for verse in VERSES
            ),
            REFRAIN,
            4,
        ),
        ("".join(f"<p>{verse}<br>{REFRAIN}</p>" for verse in VERSES), REFRAIN, 4),
        (f"{ALL}<p>“Kami menunggu.”</p>{paragraphs(*VERSES)}<p>“Kami menunggu.”</p>.", "“Kami", 2),
        (f"{paragraphs(THREE, ONE, THREE, TWO, FOUR)}", THREE, 2),
        (
            f"<blockquote><p>{THREE}</p></blockquote>{ALL.replace(THREE, VERSES[0])}"
            f"<blockquote><p>{THREE}</p></blockquote>",
            THREE,
            2,
        ),
        (
            "".join(f"<p>Mengapa harga naik?</p><p>{text}</p>" for text in PARTS),
            "Mengapa harga naik?",
            4,
        ),
    ],
)
def test_true_repetitions_stay(body: str, line: str, times: int) -> None:
    """Refrains, quotes and questions are the author's."""
    assert sum(one.startswith(line) for one in read(body)) == times
