"""Where the headline of another article ends that runs on into a sentence."""

import pytest

from warta.transforms.cleaning.text.boilerplate import remove_boilerplate
from warta.transforms.cleaning.text.escaped import resolve_escapes

BEFORE = "Pasar itu dibuka pagi ini, kata Rina Kabut kepada pers."


@pytest.mark.parametrize(
    ("headline", "sentence"),
    [
        ("Harga Garam di Madura Turun Dua Pekan", "Selain itu, pedagang mengeluh."),
        ("Harga Garam di Madura Turun Dua Pekan", "Selain Rina, pedagang lain mengeluh."),
        ("Harga Garam di Madura Turun Dua Pekan", "Untuk mengatasinya, dinas membuka gudang."),
        ("Harga Garam di Madura Turun Dua Pekan", "Di Bangkalan, pedagang mengeluh."),
        ("Harga Garam di Madura Turun Dua Pekan", "Rina Kabut menambahkan, gudang penuh."),
        ("Harga Garam di Madura Turun Dua Pekan", "Rina mengatakan gudang penuh."),
        ("Harga Garam di Madura Turun Dua Pekan", '"Gudang kami penuh," kata Rina.'),
        ("Harga Garam di Madura Turun Dua Pekan", "2. Main di lapangan Rumput itu luas."),
        ("Pria asal Solo Tanam Seribu Bakau", "Rina Kabut menambahkan, gudang penuh."),
        ("4 Cara Simpan Ikan agar Awet di Rumah", "Pasar seluas itu jarang ada di sini."),
        ("Awas, Ombak Tinggi! Ini Wilayahnya", "Menurut petugas, ombak naik malam hari."),
        ("Berapa Harga Perahu Bekas di Tuban?", "Rina mengatakan gudang penuh."),
        (
            "Nelayan Tuban Libur Sepekan",
            "Kepala Dinas Kelautan Kabupaten Awan Bagas Wiratama mengatakan, ombak tinggi.",
        ),
    ],
)
def test_a_headline_goes_and_the_sentence_stays(headline: str, sentence: str) -> None:
    """The next sentence begins with its subject, its office, a small word, a quote or a number."""
    text = f"{BEFORE} Baca juga: {headline} {sentence} Ia pulang."
    assert remove_boilerplate(text, "id", None).body == f"{BEFORE} {sentence} Ia pulang."


@pytest.mark.parametrize(
    "sentence",
    [
        "Endang Lestari, Bidan Puskesmas Awan menyampaikan, bayi itu sehat.",
        "Galang Prasetyo menyampaikan, bayi itu sehat.",
        "Sekitar 12 menit setelah itu, warga pulang.",
        "Gudang Rina Kabut menjadi sorotan warga sejak pagi.",
        "Bermain di Stadion Awan, Persawan yang unggul jumlah pemain menang dua gol.",
    ],
)
def test_no_word_of_a_sentence_is_lost_where_its_start_is_unsure(sentence: str) -> None:
    """Then a word of the headline may stay before it."""
    text = (
        f"{BEFORE} Isi gudang itu penuh. Baca juga: Harga Garam di Madura Turun {sentence} Selesai."
    )
    body = remove_boilerplate(text, "id", None).body
    assert "Baca juga" not in body
    assert sentence in body
    assert "Harga Garam" not in body


def test_a_headline_whose_commas_became_stops_goes_whole() -> None:
    """Scrapers that take a comma and its letter for a stop cut headlines in pieces."""
    text = (
        "Ia senan. kata Rina. Baca juga: Jalan Lama Ditutu. Dua Truk Terguling di Tikunga. "
        "Kapolsek Awa. Bagas Wiratam. mengatakan arus lancar."
    )
    body = remove_boilerplate(text, "id", None).body
    assert body == "Ia senan. kata Rina. Kapolsek Awa. Bagas Wiratam. mengatakan arus lancar."


def test_links_in_a_row_and_after_a_list_go() -> None:
    """A link ends where the next one begins; before it no full stop is needed."""
    text = (
        "Harga garam: Rp 2.000 Baca juga: Garam Madura Laku Keras Baca juga: Cara Menyimpan Garam "
        "di Rumah Menurut petugas, garam aman."
    )
    assert remove_boilerplate(text, "id", None).body == (
        "Harga garam: Rp 2.000 Menurut petugas, garam aman."
    )


def test_a_headline_with_no_sentence_after_it_stays() -> None:
    """A table in capitals shows no end: nothing is guessed."""
    text = f"{BEFORE} Baca juga: Garam Madura Laku Keras Daftar Harga Garam Madura 12 Tuban 13"
    assert remove_boilerplate(text + " Solo 14" * 40, "id", None).body.startswith(f"{BEFORE} Baca")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("['Air surut.', 'Warga pulang.']", "Air surut.\nWarga pulang."),
        ('["Air surut.", "Warga pulang."]', "Air surut.\nWarga pulang."),
        ("['Air surut. Warga", "Air surut. Warga"),
        (r"Menit ke-12 (Bagas 40\') gol.", "Menit ke-12 (Bagas 40') gol."),
        ("Air['a'] adalah larik.", "Air['a'] adalah larik."),
        ("[Foto] 'Air surut', katanya.", "[Foto] 'Air surut', katanya."),
    ],
)
def test_marks_of_a_printed_list_are_taken_off(text: str, clean: str) -> None:
    """A list of paragraphs that was written as Python prints it becomes paragraphs."""
    assert resolve_escapes(text) == clean


@pytest.mark.parametrize(
    ("headline", "sentence"),
    [
        ("Warga pesisir tanam seribu bakau", "Menurut Rahma, air surut."),
        ("Warga pesisir tanam seribu bakau di Tuban", "Kondisi itu jarang terjadi."),
        ("Dinas buka posko banjir di Pulau Awan", '"Kami lega," kata Rahma.'),
        ("Link live streaming Persawan vs Persetuban, kickoff 17.00", "Namun kabut turun lagi."),
        ("Warga pesisir bantu Rahma Wulan dirawat di Tuban", "Selanjutnya air surut di sana."),
        ("Lima kapal mogok di Pulau Awan Timur siang ini", "Peningkatan ombak mereda."),
    ],
)
def test_a_headline_in_sentence_case_ends_where_a_common_word_has_a_capital(
    headline: str, sentence: str
) -> None:
    """Agencies write headlines so: no stop is before the next sentence, and no name opens it."""
    text = f"{BEFORE} Baca juga: {headline} {sentence} Ia pulang."
    assert remove_boilerplate(text, "id", None).body == f"{BEFORE} {sentence} Ia pulang."


@pytest.mark.parametrize(
    "sentence",
    [
        "Rahma Wulan mengatakan, air surut.",
        "Persawan menjamu Persetuban pekan depan di kandang.",
        "Kota Pekalongan menjadi tuan rumah pekan depan.",
        "Rahma Wulan (28) hilang sejak Selasa (21/2/2023). Pada Rabu ia pulang.",
    ],
)
def test_a_name_after_a_headline_in_sentence_case_stays(sentence: str) -> None:
    """Where a name may open the next sentence, words of the headline may stay before it."""
    text = f"{BEFORE} Baca juga: Dinas buka posko banjir Awan Timur {sentence} Ia pulang."
    body = remove_boilerplate(text, "id", None).body
    assert "Baca juga" not in body
    assert sentence in body


def test_a_headline_ends_where_other_junk_begins() -> None:
    """A mark of a player or of an advertisement follows: no word of the headline is left."""
    text = (
        f"{BEFORE} Baca juga: Garam Madura Laku Keras di Pasar Tuban ADVERTISEMENT Ia pulang. "
        "Baca: Cara Simpan Garam di Rumah [Gambas:Video Kabar]"
    )
    assert remove_boilerplate(text, "id", None).body == f"{BEFORE} Ia pulang."


def test_a_day_in_brackets_is_no_headline() -> None:
    """It belongs to the sentence, with its weekday."""
    text = f"{BEFORE} Baca juga: Garam Madura Laku Keras di Tuban Senin (27/2/2023), air surut."
    assert remove_boilerplate(text, "id", None).body == f"{BEFORE} Senin (27/2/2023), air surut."


@pytest.mark.parametrize(
    "sentence",
    [
        "The harbour master said that nobody was hurt.",
        "President Nora Ellwood said that nobody was hurt.",
        "But nobody was hurt that day.",
    ],
)
def test_an_english_headline_goes_and_the_sentence_stays(sentence: str) -> None:
    """Its words have capitals; the sentence's first word, office or small words show its start."""
    before = "The ferry sails again after a winter in the dock, the crew said."
    text = (
        f"{before} Read more: Council Delays Vote on Two New Bus Lanes {sentence} It sails at ten."
    )
    assert remove_boilerplate(text, "en", None).body == f"{before} {sentence} It sails at ten."
