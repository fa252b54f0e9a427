"""From how loudly a topic is spoken for, to how sure that is: a fitted logistic curve.

Its numbers are in `data/topics/confidence.toml`, with what they were fitted on and how well they
hold; `make train-topics` writes that file.
"""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

CONFIDENCE = Path(__file__).parent.parent.parent / "data" / "topics" / "confidence.toml"


class TopicScore(NamedTuple):
    """How strong one topic is in a text."""

    qcode: str
    score: float
    """What is said for it, set against the length of the text; more than 0."""
    rival: float
    """The best score among the other topics, 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic curve over ln(score) and ln((score + lead_floor) / (rival + lead_floor)).

    How loudly a topic is spoken for, and how far it is ahead of the others.
    """

    bias: float
    per_log_score: float
    per_log_lead: float
    lead_floor: float

    @classmethod
    def load(cls) -> "Calibration":
        """Return the fitted one; read once a process."""
        return _load()

    def lead(self, topic_score: TopicScore) -> float:
        """Return how far a topic is ahead of the best other, as a ratio; less than 1: not ahead."""
        return (topic_score.score + self.lead_floor) / (topic_score.rival + self.lead_floor)

    def confidence(self, topic_score: TopicScore) -> float:
        """Return how sure a topic is, 0..1."""
        ahead = self.lead(topic_score) ** -self.per_log_lead
        return 1 / (1 + math.exp(-self.bias) * topic_score.score**-self.per_log_score * ahead)


@cache
def _load() -> Calibration:
    return Calibration(**tomllib.loads(CONFIDENCE.read_text(encoding="utf-8"))["curve"])
