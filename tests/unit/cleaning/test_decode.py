"""Bytes of any kind become sound text, or a reject that says why not."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.text.decode import decode_bytes, repair_text
from warta.transforms.core.rejections import RejectedRecord

QUOTE = "“Harga beras naik,” kata Sitorus – ‘lagi’."
RUSSIAN = "Правительство объявило о новых мерах поддержки для жителей северных районов страны."
JAPANESE = "政府は来年度の予算案について、地方の交通を支える新しい制度を発表しました。"


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"", None, ""),
        (b"Jakarta", None, "Jakarta"),
        (QUOTE.encode(), None, QUOTE),
        (QUOTE.encode(), "iso-8859-1", QUOTE),
        (QUOTE.encode("utf-8-sig"), None, QUOTE),
        (QUOTE.encode("utf-16"), None, QUOTE),
        (QUOTE.encode("utf-32"), None, QUOTE),
        (b"\xfe\xff" + QUOTE.encode("utf-16-be"), "utf-8", QUOTE),
        (QUOTE.encode("cp1252"), "iso-8859-1", QUOTE),
        (QUOTE.encode("cp1252"), "latin1", QUOTE),
        (QUOTE.encode("cp1252"), "utf-8", QUOTE),
        (QUOTE.encode("cp1252"), "no-such-charset", QUOTE),
        (RUSSIAN.encode("cp1251"), "windows-1251", RUSSIAN),
        (RUSSIAN.encode("koi8-r"), None, RUSSIAN),
        (RUSSIAN.encode("cp1251"), "us-ascii-nonsense", RUSSIAN),
        (JAPANESE.encode("shift_jis"), None, JAPANESE),
        (JAPANESE.encode("euc-jp"), "euc-jp", JAPANESE),
    ],
)
def test_text_is_decoded_whatever_was_declared(data: bytes, charset: str | None, text: str) -> None:
    """BOM, UTF-8, declared charset and detection find the text, false labels or not."""
    assert decode_bytes(data, charset) == text


@pytest.mark.parametrize("cut", [1, 2])
def test_utf8_cut_in_a_character_stays_utf8(cut: int) -> None:
    """One broken character at the end costs that character and no other."""
    text = decode_bytes((QUOTE + "”").encode()[:-cut], "utf-8")
    assert text.startswith(QUOTE)
    assert text.endswith("\ufffd")


STRAY = [
    # (before, stray bytes, after): what UTF-8 holds around bytes of Windows-1252
    ("“Harga turun,” kata pedagang di kaf", b"\xe9", " itu.", "é"),
    ("Pasar © Teluk dibuka lagi di Kaf", b"\xe9", " Baru.", "é"),
    ("“Harga turun” kata ", b"\x93", "dia.", "“"),
    ("“Harga turun”, kata dia", b"\x94\x97", " lalu pergi.", "”—"),
    ("Zoë bertemu Se", b"\xf1", "or Tomás.", "ñ"),
    ("“Harga turun” lagi ", b"\xe2\x80", " kata dia.", "\ufffd"),
    ("“Harga turun” lagi ", b"\xff", " kata dia.", "\ufffd"),
]


@pytest.mark.parametrize(("before", "stray", "after", "read_as"), STRAY)
@pytest.mark.parametrize("charset", [None, "utf-8", "UTF8", "no-such-charset"])
def test_a_stray_byte_in_utf8_costs_no_other_character(
    before: str, stray: bytes, after: str, read_as: str, charset: str | None
) -> None:
    """Stray bytes are read as Windows-1252 or replaced; all else stays UTF-8."""
    data = before.encode() + stray + after.encode()
    assert decode_bytes(data, charset) == before + read_as + after
    assert decode_bytes(b"\xef\xbb\xbf" + data, charset) == before + read_as + after


def test_half_utf8_and_half_windows_1252_are_both_read() -> None:
    """A page put together of two encodings, with as many stray bytes as sound sequences."""
    sound, stray = "Zoë dan Chloë di Café “Biru”.", "Señor Peña – sekali – di café."
    data = sound.encode() + b"\n" + stray.encode("cp1252")
    assert decode_bytes(data, "utf-8") == f"{sound}\n{stray}"


@pytest.mark.parametrize(
    ("text", "encoding", "charset", "stray"),
    [
        (RUSSIAN * 3, "cp1251", "windows-1251", b"\x98"),
        (JAPANESE * 5, "shift_jis", "shift_jis", b"\x81"),
        (JAPANESE * 5, "euc-jp", "utf-8", b"\x81"),
        (QUOTE * 3, "cp1252", None, b"\x81"),
        (QUOTE * 3, "cp1252", "iso-8859-1", b"\x9d"),
        (QUOTE * 3, "cp1252", "utf-8", b"\x90"),
    ],
)
def test_a_stray_byte_in_another_encoding_costs_no_other_character(
    text: str, encoding: str, charset: str | None, stray: bytes
) -> None:
    """One broken byte is replaced, and the page is not read in another encoding for it."""
    data = text.encode(encoding) + b" " + stray + b"\n " + text.encode(encoding)
    assert decode_bytes(data, charset) == f"{text} \ufffd\n {text}"


def test_windows_1252_with_letters_that_are_utf8_by_accident() -> None:
    """A capital letter before a quote is a sequence of UTF-8, and proves nothing."""
    text = "Ils ont dit « CAFÉ” et rien d’autre à l’été."
    assert decode_bytes(text.encode("cp1252"), "iso-8859-1") == text


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_stray_nuls_are_dropped(bom: bytes) -> None:
    """One, or a few in a long enough text."""
    text = "Kapal berlabuh di dermaga baru pada pagi hari. " * 3
    assert decode_bytes(bom + text.replace("dermaga", "der\0maga", 1).encode()) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"kata " * 1_000 + b"\0" * 9, "nul_bytes"),
        (b"Jakarta\0Bandung", "nul_bytes"),
        ("Jakarta".encode("utf-16-le"), "nul_bytes"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "nul_bytes"),
        (bytes(range(1, 256)) * 4, "undecodable"),
        (bytes(range(1, 32)) * 4, "undecodable"),
        (b"\x01\x02\x03\x04 abc", "undecodable"),
    ],
)
def test_what_is_no_text_is_rejected(data: bytes, reason: str) -> None:
    """Binary data and control characters are rejected with their own reasons."""
    with pytest.raises(RejectedRecord) as caught:
        decode_bytes(data)
    assert caught.value.reason == reason


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "latin1", "utf-7", "hex", "", "x"]))
def test_any_bytes_give_a_text_or_a_rejection(data: bytes, charset: str | None) -> None:
    """No input raises anything but a rejection, and no text holds a NUL."""
    try:
        text = decode_bytes(data, charset)
    except RejectedRecord as rejection:
        text = rejection.reason
    assert "\0" not in text


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Harga naik.\nLagi.", "Harga naik.\nLagi."),
        ("satu\r\ndua\rtiga", "satu\ndua\ntiga"),
        ("satu\u00a0dua\u2009tiga\u3000empat", "satu dua tiga empat"),
        ("ber\u00adgerak\u200b ke\ufeff depan\u2060", "bergerak ke depan"),
        ("kafe\u0301", "kafé"),
        ("â€œNaik,â€\x9d katanya", "“Naik,” katanya"),
        ("CafÃ© di BogotÃ¡", "Café di Bogotá"),
        ("kata \x93ya\x94", "kata “ya”"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("&quot;ya&quot;&nbsp;kata&#8217;nya", '"ya" kata’nya'),
        ("AT&T dan R&B; tetap", "AT&T dan R&B; tetap"),
        ("a\x00b\x08c\x1bd\x7fe", "abcde"),
        ("satu&#13;&#10;dua&#0;", "satu\ndua\ufffd"),
        ("satu\u2028dua\x0ctiga", "satu\ndua\ntiga"),
        ("rusak \ud800 di sini", "rusak \ufffd di sini"),
        ("“Ya,” kata ‘dia’ — ﬁnal ｆｕｌｌ", "“Ya,” kata ‘dia’ — ﬁnal ｆｕｌｌ"),
        ("می‌خواهم", "می‌خواهم"),
        ("👩‍🚀 terbang", "👩‍🚀 terbang"),
        ("zero\u200cwidth", "zerowidth"),
        ("L’État à Évian, é» où", "L’État à Évian, é» où"),
    ],
)
def test_text_is_repaired(broken: str, whole: str) -> None:
    """What encodings and templates left is taken out; quotes, letters and widths stay."""
    assert repair_text(broken) == whole


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_repaired_text_is_sound(text: str) -> None:
    """Any text comes out in NFC, encodable, and without control characters."""
    repaired = repair_text(text)
    assert unicodedata.is_normalized("NFC", repaired)
    assert repaired.encode().decode() == repaired
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in repaired)


@pytest.mark.parametrize("pair", ["\u0301\u0323", "\u20d0\u20d3", "\u05b0\u05b1"])
def test_piled_marks_are_cut_before_they_take_time(pair: str) -> None:
    """More combining marks than any script has go: to order them takes their number squared."""
    repaired = repair_text(f"Kata a{pair * 400_000} akhir")
    assert repaired.endswith(" akhir")
    assert len(repaired) < 60
    assert repair_text("ทั้งนี้ทั้งนั้น נִקּוּד 👍🏽👍🏽") == "ทั้งนี้ทั้งนั้น נִקּוּד 👍🏽👍🏽"
