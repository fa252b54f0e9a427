"""Options for names, topics and models of the user's own, loaded before anything else is read."""

from collections.abc import Callable
from typing import Any

import click

from warta.transforms.core.errors import DataError

Loader = Callable[[str], object]


def _checked_by(load: Loader) -> Callable[..., Any]:
    """Return a callback that loads what an option names, once.

    What is wrong with it is reported before anything else is read.
    """

    def check(ctx: click.Context, _: click.Parameter, given: Any) -> Any:
        try:
            for one in (given,) if isinstance(given, str) else given or ():
                load(one)
        except DataError as error:
            raise click.UsageError(" ".join(str(error).split()), ctx) from error
        return given

    return check


def _load_gazetteer(file: str) -> None:
    from warta.transforms.tagging.ner.gazetteer import read_users_table

    for _ in read_users_table(file):
        # A wrong row is reported before anything begins.
        continue


def _load_topics(file: str) -> None:
    from warta.transforms.tagging.topics.custom import read_custom_taxonomy

    read_custom_taxonomy(file)


def _load_recogniser(model: str) -> None:
    from warta.transforms.tagging.ner.recognisers import load_recogniser

    load_recogniser(model)


def _load_topic_model(model: str) -> None:
    from warta.transforms.tagging.topics.model import load_topic_model

    load_topic_model(model)


GAZETTEERS = click.option(
    "--gazetteer",
    "gazetteers",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    callback=_checked_by(_load_gazetteer),
    help="Your own names (TSV); they take precedence over the built-in ones. May be repeated.",
)
TOPICS = click.option(
    "--topics",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    callback=_checked_by(_load_topics),
    help="Custom topics (TSV: code, name, terms), assigned beside IPTC's. May be repeated.",
)
IPTC = click.option(
    "--iptc/--no-iptc",
    default=True,
    help="Assign IPTC Media Topics.  [default: --iptc]",
)


TOPIC_MODEL = click.option(
    "--topic-model",
    metavar="hf:PATH",
    callback=_checked_by(_load_topic_model),
    help="A text classifier of your own (ONNX or PyTorch), instead of the lexicon.",
)
NER = click.option(
    "--ner",
    metavar="MODEL",
    callback=_checked_by(_load_recogniser),
    help="Find names with a model of your own: spacy:MODEL, or hf:PATH (ONNX or PyTorch).",
)
