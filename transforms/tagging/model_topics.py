"""What a user's own text classifier says -> topics.

A label that is a code, an English or an Indonesian name of an IPTC Media Topic becomes that topic;
any other stands under the scheme `model`, by its own name.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from transforms.records import Article, Topic
from transforms.tagging.taxonomy import Concept, read_taxonomy
from transforms.tagging.topics import MIN_CONFIDENCE

PREFIX = "hf:"
"""Of a model that the transformers library loads: a folder, or a name where a hub is reached."""
SCHEME = "model"
"""Of labels that are no topic of the IPTC."""
MAX_CHARS = 4_000
"""Of a text shown to the model: twice what fits into 512 tokens."""

Predictions = Sequence[Mapping[str, Any]]
"""Labels with their scores: {"label": ..., "score": 0..1}."""
Classifier = Callable[[list[str]], Sequence[Predictions]]


def load_classifier(model: str) -> Classifier:
    """`hf:PATH` -> what classifies a batch of texts, all labels of each.

    Raises:
      ImportError: the extra `hf` is not installed.
      OSError: there is no such model.
    """
    from transformers import pipeline  # type: ignore[import-not-found, unused-ignore]

    path = model.removeprefix(PREFIX)
    loaded = pipeline("text-classification", model=path, top_k=None, device="cpu")
    return lambda texts: loaded(texts, truncation=True, batch_size=len(texts))


def model_text(article: Article) -> str:
    """Article -> the text shown to the model: the headline, then the body, cut."""
    return f"{article.headline or ''}\n{article.article_body}".strip()[:MAX_CHARS]


def with_model_topics(article: Article, predictions: Predictions, model: str) -> Article:
    """Article and what the model says of it -> the article with the model's topics.

    IPTC topics of the model stand in the place of the lexicon's; a user's own topics stay.
    """
    language = article.in_language.split("-")[0].lower()
    found = [_topic(row["label"], float(row["score"]), language) for row in predictions]
    sure = sorted((t for t in found if t.confidence >= MIN_CONFIDENCE), key=lambda t: -t.confidence)
    own = [topic for topic in article.topics if topic.scheme != "medtop"]
    versions = f"{article.tagger_versions} {model}".strip()
    return dataclasses.replace(article, topics=(*sure, *own), tagger_versions=versions)


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
