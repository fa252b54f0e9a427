"""Tagged articles -> the same with the topics of a user's own model, through RunInference."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.ml.inference.base import (
    KeyedModelHandler,
    ModelHandler,
    PredictionResult,
    RunInference,
)
from apache_beam.pvalue import PCollection

from transforms.reading.context import with_context
from transforms.records import Article, Limits, Reject, RejectedRecord, reject
from transforms.tagging import model_topics
from transforms.tagging.model_topics import Classifier, load_classifier, model_text

REJECTS = "rejects"
MAX_BATCH = 32
"""Articles classified at once."""


class _Handler(ModelHandler[str, PredictionResult, Classifier]):
    """Texts -> predictions. Beam's own handler of Hugging Face pipelines wants TensorFlow too."""

    def __init__(self, model: str) -> None:
        super().__init__(max_batch_size=MAX_BATCH)
        self._model = model

    def load_model(self) -> Classifier:
        return load_classifier(self._model)

    def run_inference(
        self, batch: Sequence[str], model: Classifier, inference_args: dict[str, Any] | None = None
    ) -> Iterable[PredictionResult]:
        said = model(list(batch))
        return [PredictionResult(text, row) for text, row in zip(batch, said, strict=True)]


class InferTopics(beam.PTransform[PCollection[Article], Any]):
    """Article -> outputs articles (Article) and rejects (Reject), one for one.

    A batch that the model fails on goes to rejects, as internal_error; with `strict` it fails the
    run.
    """

    def __init__(self, model: str, limits: Limits, *, strict: bool = False) -> None:
        super().__init__()
        self._model, self._limits, self._strict = model, limits, strict

    def expand(self, articles: PCollection[Article]) -> Any:
        """See the class."""
        model, limits = self._model, self._limits
        texts = articles | "Text" >> beam.Map(lambda article: (article, model_text(article)))
        infer: Any = RunInference(KeyedModelHandler(_Handler(model)))
        if self._strict:
            said, failed = texts | "Infer" >> infer, None
        else:
            said, bad = texts | "Infer" >> infer.with_exception_handling()
            failed = bad.failed_inferences | "Reject" >> beam.FlatMap(
                lambda batch: _rejected(batch, limits)
            ).with_output_types(Reject)
        tagged = said | "Topics" >> beam.MapTuple(
            lambda article, result: model_topics.with_model_topics(article, result.inference, model)
        ).with_output_types(Article)
        return {"articles": tagged} | ({REJECTS: failed} if failed is not None else {})


def _rejected(failure: tuple[Any, Any], limits: Limits) -> Iterator[Reject]:
    """A batch and why the model failed on it -> its articles as rejects."""
    batch, why = failure
    verdict = RejectedRecord("internal_error", f"topic model: {why[1]}")
    for article, _ in batch:
        raw = article.article_body.encode("utf-8", "surrogatepass")
        place = article.source_uri, article.source_record_id
        yield with_context(reject("tag", verdict, *place, raw, limits), article)
