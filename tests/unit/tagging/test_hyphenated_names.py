import pytest

from warta.transforms.tagging.entities import EntityTagger


def _persons(language: str, text: str) -> list[str]:
    spans = EntityTagger.load(language).mentions(text)
    return [span.surface for span in spans if span.type == "person"]


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        (
            "Aisyah Pratama-Hall won the race. Pratama-Hall said she was tired.",
            ["Aisyah Pratama-Hall", "Pratama-Hall"],
        ),
        ("Captain Tan Mei-Ann scored. Mei-Ann left early.", ["Tan Mei-Ann", "Mei-Ann"]),
        (
            "Jean-Luc Lavigne met Anne-Marie Smith-Jones in London.",
            ["Jean-Luc Lavigne", "Anne-Marie Smith-Jones"],
        ),
        # Two persons: each has a full name here, one is named alone, or the tables know one.
        ("The Ayu Lestari-Bagus Wiratama ticket won.", ["Ayu Lestari", "Bagus Wiratama"]),
        (
            "The Hartono-Lestari ticket won. Ayu Lestari thanked Rudi Hartono.",
            ["Hartono", "Lestari", "Ayu Lestari", "Rudi Hartono"],
        ),
        ("Prabowo Subianto-Gibran won the vote.", ["Prabowo Subianto", "Gibran"]),
        ("The Jakarta-Bandung railway opened. Russia-Ukraine talks failed.", []),
        ("Marta Villanueva -Hall spoke.", ["Marta Villanueva"]),
        ("Coach Marta Villanueva-Led side lost.", ["Marta Villanueva"]),
    ],
)
def test_english_name_goes_on_after_a_hyphen(text: str, persons: list[str]) -> None:
    assert _persons("en", text) == persons


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("Pasangan Rina Lestari-Rudi Wiratama menang.", ["Rina Lestari", "Rudi Wiratama"]),
        ("Pasangan Prabowo-Gibran unggul.", ["Prabowo", "Gibran"]),
    ],
)
def test_indonesian_hyphen_is_between_two_persons(text: str, persons: list[str]) -> None:
    assert _persons("id", text) == persons
