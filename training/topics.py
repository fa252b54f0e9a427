"""Fit the calibration of topics, and write it with its card: `make train-topics`.

The tune half of `evaluation/topic_set` is all that it sees: no text of others, and none of the half
that is held back. Each text is seen whole, and as a feed may give it: the body alone, the first
sentence alone, the headline alone.
"""

import dataclasses
import json
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evaluation.topics import Case, calibration_error, judge, read_own_set, views
from warta.transforms.tagging.topics.calibration import CONFIDENCE, Calibration, TopicScore
from warta.transforms.tagging.topics.classify import TopicTagger

LEAD_FLOOR = 0.5
"""Set by hand: from .1 to 4, the likelihood moves by a twentieth, and the confidences hardly."""
CONTENDS = 1 / 3
"""Topics that are less than so much as loud as the loudest other one are never published: the
calibration is fitted where it is used."""
PENALTY = 0.01
"""On the squares of the weights: keeps a fit on few texts finite."""
STEPS = 20
"""Of Newton's method, which has converged after eight or so."""

Example = tuple[TopicScore, bool]
"""How a topic is in a text, and whether an editor would accept it."""


def training_cases(split: str = "tune") -> list[Case]:
    """Return the texts of one half of the project's own set, in all their views."""
    return [view for case in read_own_set() if case.split == split for view in views(case)]


def examples(cases: Iterable[Case]) -> list[Example]:
    """Return every topic with evidence in a labelled text, and whether it is right."""
    return [
        (topic_score, topic_score.qcode.removeprefix("medtop:") in case.topics)
        for case in cases
        for topic_score in TopicTagger.load(case.language).topic_scores(case.headline, case.text)
    ]


def fit(given: list[Example]) -> Calibration:
    """Return the calibration that makes the examples likeliest, the same in each run."""
    unfitted = Calibration(0.0, 0.0, 0.0, LEAD_FLOOR)
    chosen = [(one, right) for one, right in given if one.score >= CONTENDS * one.rival]
    seen = np.array([(1.0, math.log(one.score), math.log(unfitted.lead(one))) for one, _ in chosen])
    right = np.array([float(accepted) for _, accepted in chosen])
    weights: NDArray[np.float64] = np.zeros(3)
    for _ in range(STEPS):
        sure = 1 / (1 + np.exp(-seen @ weights))
        slope = seen.T @ (right - sure) - PENALTY * weights
        bend = (seen.T * (sure * (1 - sure))) @ seen + PENALTY * np.eye(3)
        weights += np.linalg.solve(bend, slope)
    bias, per_log_score, per_log_lead = (round(float(weight), 3) for weight in weights)
    return Calibration(bias, per_log_score, per_log_lead, LEAD_FLOOR)


def card(calibration: Calibration, cases: list[Case]) -> str:
    """Return the calibration, what it was fitted on and how well it holds, as TOML."""
    held = [case for case in read_own_set() if case.split == "held"]
    figures = {
        "held half, whole": calibration_error(judge(held, calibration)),
        "held half, all views": calibration_error(judge(training_cases("held"), calibration)),
    }
    numbers = dataclasses.asdict(calibration)
    lines = [
        "# Model card: from how loudly a topic is spoken for, to how sure that is",
        "# (transforms/tagging/topics/calibration.py). Rebuild it with `make train-topics`.",
        "# `make quality` measures it. Written by training/topics.py.",
        "",
        "[curve]",
        *(f"{name} = {value}" for name, value in numbers.items()),
        "",
        "[card]",
        'command = "python -m training.topics"',
        'fit = "maximum likelihood over the topics of a text that are near its loudest"',
        'data = "evaluation/topic_set, tune half: whole, body, first sentence, headline of each"',
        'licence = "Apache-2.0: texts and labels were written for warta"',
        f"texts = {len(cases)}",
        'use = "News, from a headline to an article; too sure of sentences from other texts."',
        "",
        "[mean_calibration_error]",
        *(f"{json.dumps(name)} = {value:.3f}" for name, value in figures.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fits the calibration and writes it."""
    cases = training_cases()
    CONFIDENCE.write_text(card(fit(examples(cases)), cases), encoding="utf-8")


if __name__ == "__main__":
    main()
