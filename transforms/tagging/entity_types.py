"""The types of entities, listed here alone.

A type more is a member of `EntityType`, with what models call it in `MODEL_NAMES` and the weights
of its cues in `ner/classifier.py`; a model that is trained on it brings its labels along.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class EntityType(StrEnum):
    """What an entity is; the values are those of the columns `type`."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"


PERSON, ORGANISATION, PLACE = EntityType
ENTITY_TYPES: tuple[str, ...] = tuple(kind.value for kind in EntityType)
"""In the order of the labels of the shipped models."""
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
