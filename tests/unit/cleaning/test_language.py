"""Language: clear texts, declared sisters, and no guess where there is none to make."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.language import (
    LanguageIdentifier,
    declared_language,
    domain_language,
)

IDENTIFIER = LanguageIdentifier.load()
INDONESIAN = (
    "Pemerintah kota bisa membuka pasar baru karena banyak pedagang ingin berjualan di sana."
)
MALAY = (
    "Kerajaan negeri mahu membuka pasar baharu kerana ramai peniaga cuba berniaga di bandar itu."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (INDONESIAN, "id"),
        (MALAY, "ms"),
        ("Wong-wong desa padha nandur pari ing sawah amarga udan wis teka wiwit wingi sore.", "jv"),
        ("Urang désa keur melak paré di sawah sabab hujan geus datang ti kamari sore kénéh.", "su"),
        ("The council opened a new market because many traders wanted a place to sell.", "en"),
        ("Der Stadtrat eröffnete einen neuen Markt, weil viele Händler einen Platz suchten.", "de"),
        ("افتتح مجلس المدينة سوقا جديدة لأن كثيرا من التجار أرادوا مكانا للبيع.", "ar"),
        ("市政府は多くの商人が場所を求めたため、新しい市場を開設しました。", "ja"),
    ],
)
def test_clear_texts(text: str, language: str) -> None:
    """A sentence is enough for its language."""
    found, confidence = IDENTIFIER.identify(text)
    assert found == language
    assert 0.4 <= confidence <= 1


@pytest.mark.parametrize(
    "text", ["", " ", "....", "12345 67890", "\x00\ud800\x01", "qwrt zxcv", "Rusdi", "- - -"]
)
def test_no_guess_without_evidence(text: str) -> None:
    """Nothing, numbers, a row of dots or one name are undetermined."""
    assert IDENTIFIER.identify(text)[0] == "und"


def test_a_declaration_decides_between_twins() -> None:
    """Words alike in Indonesian and Malay follow source, then page, then domain."""
    text = "Ibu membeli ikan dan sayur di pasar lama."
    assert IDENTIFIER.identify(text, declared="ms")[0] == "ms"
    assert IDENTIFIER.identify(text, declared="id", page="ms")[0] == "id"
    assert IDENTIFIER.identify(text, page="ms-MY", domain="contoh.id")[0] == "ms"
    assert IDENTIFIER.identify(text, domain="berita.contoh.my")[0] == "ms"


def test_a_declaration_names_what_no_model_knows() -> None:
    """Minangkabau is seen by neither model; the page's word for it is taken."""
    text = "Urang kampuang pai ka pasa mambali lauak jo sayua untuak makan basamo."
    assert IDENTIFIER.identify(text, page="min")[0] == "min"


def test_a_declaration_never_turns_a_clear_text() -> None:
    """An English text under an Indonesian template is English."""
    text = "The council opened a new market because many traders wanted a place to sell."
    assert IDENTIFIER.identify(text, declared="id", page="id", domain="contoh.id")[0] == "en"


@pytest.mark.parametrize(
    ("declared", "tag"),
    [("id-ID", "id"), ("en_US", "en"), ("in", "id"), (" ms ", "ms"), (None, None), ("", None),
     ("Indonesian language", None), ("x" * 1000, None)],
)  # fmt: skip
def test_declared_tags(declared: str | None, tag: str | None) -> None:
    """Tags are brought to their primary subtag; what is not a tag says nothing."""
    assert declared_language(declared) == tag


@pytest.mark.parametrize(
    ("domain", "tag"),
    [("contoh.co.id", "id"), ("contoh.my", "ms"), ("contoh.com", None), (None, None)],
)  # fmt: skip
def test_domains(domain: str | None, tag: str | None) -> None:
    """Only top-level domains of one of the twins speak for it."""
    assert domain_language(domain) == tag


@settings(deadline=None, max_examples=100)
@given(
    st.text(st.characters(), max_size=200)
    | st.text(alphabet="\ud800\udfff\x00\x7f\x85\ufffe\ufdd0a ", max_size=40)
)
def test_any_text_is_borne(text: str) -> None:
    """Control characters, surrogates and noncharacters, which the models refuse, do no harm."""
    language, confidence = IDENTIFIER.identify(text, declared="id")
    assert language
    assert 0 <= confidence <= 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Jurucakap itu berkata, siasatan tercedera dalam letupan itu diteruskan.", "ms"),
        ("Pendakwaan menolak rayuan; jangkitan wabak terhad di pulau.", "ms"),
        ("Juru bicara itu berkata, maskapai membatalkan rute karena badai.", "id"),
        ("Laga itu sulit, misalnya karena jembatan rusak.", "id"),
    ],
)
def test_words_of_one_of_the_twins_decide_beside_marks(text: str, language: str) -> None:
    """A word before a comma or a full stop counts like any other."""
    assert LanguageIdentifier.load().identify(text)[0] == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Jururawat itu memaklumkan bahawa rawatan di makmal baharu mengambil masa sejam.", "ms"),
        (
            "Perawat itu mengatakan bahwa perawatan di laboratorium baru perlu satu jam.",
            "id",
        ),
        ("Dua orang mempunyai kedudukan yang ramai di kawasan itu.", "ms"),
        ("Dua orang memiliki waktu yang cukup di sekitar sini setelah hujan.", "id"),
    ],
)
def test_twins_are_distinguished_without_a_declaration(text: str, language: str) -> None:
    """Words that one of them has alone decide, and words that it has more often where they tie."""
    assert LanguageIdentifier.load().identify(text)[0] == language
