"""Find topics by a user's own text classifier.

A label that is a code, an English or an Indonesian name of an IPTC Media Topic becomes that topic;
any other is under the scheme `model`, by its own name.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from warta.transforms.core.errors import TopicModelError
from warta.transforms.core.languages import primary_subtag
from warta.transforms.core.records import Article, Topic
from warta.transforms.tagging.hf_model import TEXTS, HfModel, extra_for, sigmoid, softmax
from warta.transforms.tagging.topics.classify import MIN_CONFIDENCE
from warta.transforms.tagging.topics.taxonomy import Concept, read_taxonomy

SCHEME = "model"
"""Of labels that are not topics of the IPTC."""
MAX_CHARS = 4_000
"""Of a text shown to the model: twice what fits into 512 tokens."""

Predictions = Sequence[Mapping[str, Any]]
"""Labels with their scores: {"label": ..., "score": 0..1}."""
Classifier = Callable[[list[str]], Sequence[Predictions]]


@dataclasses.dataclass(frozen=True, slots=True)
class TopicModel:
    """Tells topics of several articles at once, in place of the lexicon's."""

    name: str
    """As the user gave it: hf:PATH."""
    classify: Classifier

    def tag(self, articles: Sequence[Article]) -> list[Article]:
        """Return articles with what the model is sure of before the topics they have."""
        if not articles:
            return []
        said = self.classify([model_text(article) for article in articles])
        return [_with_topics(article, rows) for article, rows in zip(articles, said, strict=True)]


def load_topic_model(spec: str) -> TopicModel:
    """Return the model in the folder of `hf:PATH` (see hf_model.py).

    Raises:
      TopicModelError: There is no such model, or its library is not installed.
    """
    kind, _, place = spec.partition(":")
    if kind != "hf" or not place:
        raise TopicModelError(f"--topic-model {spec}: give hf:PATH, a text classifier's folder")
    try:
        return TopicModel(spec, _classifier(HfModel(Path(place), TEXTS)))
    except ImportError as error:
        raise TopicModelError(
            f"--topic-model {spec}: pip install 'warta[{extra_for(error)}]' ({error})"
        ) from error
    except ValueError as error:
        raise TopicModelError(f"--topic-model {spec}: {error}") from error


def _classifier(model: HfModel) -> Classifier:
    # As the transformers library does it: labels that exclude each other share the whole.
    several = model.config.get("problem_type") == "multi_label_classification"
    likely = sigmoid if several or len(model.labels) == 1 else softmax

    def classify(texts: list[str]) -> list[Predictions]:
        scores = model.scores(model.encode(texts))
        if not scores.shape[1]:
            return [() for _ in texts]
        return [
            [{"label": name, "score": score} for name, score in zip(model.labels, row, strict=True)]
            for row in likely(scores).tolist()
        ]

    return classify


def model_text(article: Article) -> str:
    """Return the text shown to the model: the headline, then the body, cut."""
    return f"{article.headline or ''}\n{article.article_body}".strip()[:MAX_CHARS]


def _with_topics(article: Article, predictions: Predictions) -> Article:
    language = primary_subtag(article.in_language)
    found = [_topic(row["label"], float(row["score"]), language) for row in predictions]
    sure = sorted((t for t in found if t.confidence >= MIN_CONFIDENCE), key=lambda t: -t.confidence)
    return dataclasses.replace(article, topics=(*sure, *article.topics))


def _topic(label: str, score: float, language: str) -> Topic:
    concept = _by_label().get(label.strip().lower())
    if concept is None:
        return Topic(SCHEME, f"{SCHEME}:{label}", label, round(score, 3))
    name_local = concept.names.get(language)
    return Topic("medtop", concept.qcode, concept.name, round(score, 3), name_local)


@cache
def _by_label() -> dict[str, Concept]:
    return {
        label.lower(): concept
        for qcode, concept in reversed(read_taxonomy().items())
        for label in (qcode, qcode.removeprefix("medtop:"), *concept.names.values())
    }
