"""The types of entities, listed here alone.

A type more is a member of `EntityType`, with what models call it in `MODEL_NAMES` and the weights
of its cues in `ner/classifier.py`; a model that is trained on it brings its labels along. What
shows types (reports, help, messages) reads them here.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class EntityType(StrEnum):
    """What an entity is: the value of the columns `type`, and what several are called."""

    plural: str
    """As a title."""

    def __new__(cls, value: str, plural: str) -> "EntityType":
        """Make a member."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.plural = plural
        return member

    PERSON = "person", "People"
    ORGANISATION = "organisation", "Organisations"
    PLACE = "place", "Places"


PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE
ENTITY_TYPES: tuple[str, ...] = tuple(kind.value for kind in EntityType)
"""In the order of the labels of a model that is trained now."""
SHIPPED_TYPES = (PERSON.value, ORGANISATION.value, PLACE.value)
"""Those of a model file that names none, in the order of its labels: stays as it is."""
TYPES_IN_WORDS = f"{', '.join(ENTITY_TYPES[:-1])} or {ENTITY_TYPES[-1]}"
"""As help, messages and the meanings of columns list them."""
OUTSIDE = "O"
"""Label of a word that is in no name."""
MODEL_NAMES: Mapping[str, str] = {
    "PER": PERSON.value,
    "PERSON": PERSON.value,
    "ORG": ORGANISATION.value,
    "ORGANISATION": ORGANISATION.value,
    "ORGANIZATION": ORGANISATION.value,
    "LOC": PLACE.value,
    "LOCATION": PLACE.value,
    "PLACE": PLACE.value,
    "GPE": PLACE.value,
    "FAC": PLACE.value,
}
"""What other models call these types, in capitals; names of other types are left out."""


def bio_labels(types: Sequence[str] = ENTITY_TYPES) -> tuple[str, ...]:
    """Return the labels of a model: outside, then begin and inside of each type.

    Example:
      >>> bio_labels(("person", "place"))
      ('O', 'B-person', 'I-person', 'B-place', 'I-place')
    """
    return (OUTSIDE, *(f"{position}-{kind}" for kind in types for position in "BI"))
