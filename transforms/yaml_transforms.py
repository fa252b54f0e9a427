"""The public transforms for Beam YAML: options are plain values, outputs have names.

A provider file lists them (see examples/yaml/providers.yaml). An output is referred to as
`Step.output`, such as `Clean.rejects`.
"""

import atexit
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import fields
from datetime import date
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from warta.transforms import (
    clean_articles,
    read_sources,
    select_articles,
    tag_articles,
    write_lake,
)
from warta.transforms.core.errors import UsageError
from warta.transforms.core.options import CleaningOptions, InputLimits, TaggingOptions
from warta.transforms.core.records import Article, Reference, Source, SourceItem
from warta.transforms.lake.opening import open_writer


class ListSources(beam.PTransform[beam.Pipeline, PCollection[Reference]]):
    """List the files of several sources, for a `ReadSources` that has no location.

    Args:
      sources: Paths, globs, folders or URIs; or mappings of the fields of a `Source`, which say
        more: location, kind, language, publisher, time_zone, ...

    Returns:
      References.

    Raises:
      StorageError: When the graph is built: a source does not exist or cannot be read.
      TypeError: When the graph is built: a field of another name.

    Example:
      - type: ListSources
        name: List
        input: {}  # Beam takes only a type that is called Read... for one without inputs
        config: {sources: ["dumps/*.jsonl.gz", {location: pages, publisher: Kabar}]}
    """

    def __init__(self, sources: Sequence[str | Mapping[str, Any]]) -> None:
        super().__init__()
        self._listed = read_sources.ListSources(
            *(Source(one) if isinstance(one, str) else Source(**one) for one in sources)
        )

    def expand(self, root: beam.Pipeline) -> PCollection[Reference]:
        """Build the transform."""
        return root | "List" >> self._listed


class ReadSources(beam.PTransform[Any, dict[str, PCollection[Any]]]):
    """Read the records of a source, or of the references of `ListSources`.

    Args:
      location: A path, glob, folder or URI. None: the input has the references.
      source: Other fields of a `Source`: kind, language, publisher, time_zone, ...

    Returns:
      The outputs `items`, `rejects` and `counts`.

    Raises:
      StorageError: When the graph is built: the source does not exist or cannot be read.
      UsageError: When the graph is built: both a location and an input, or neither; or fields of
        a source without a location.

    Example:
      - type: ReadSources
        name: Read
        config: {location: "dumps/*.jsonl.gz", language: id}
    """

    def __init__(self, location: str | None = None, **source: Any) -> None:
        super().__init__()
        if location is None and source:
            raise UsageError(f"ReadSources without a location takes no {', '.join(sorted(source))}")
        self._listed = (
            None if location is None else read_sources.ListSources(Source(location, **source))
        )

    def expand(self, root: Any) -> Any:
        """Build the transform.

        Raises:
          UsageError: There are both a location and an input, or neither.
        """
        if isinstance(root, PCollection) is not (self._listed is None):
            raise UsageError("ReadSources takes a location, or the output of ListSources as input")
        listed = root if self._listed is None else root | "List" >> self._listed
        return (listed | "Read" >> read_sources.ReadSources())._asdict()


class CleanArticles(beam.PTransform[PCollection[SourceItem], dict[str, PCollection[Any]]]):
    """Make an article of each record.

    Args:
      options: Fields of `CleaningOptions` and `InputLimits`: min_words, max_record_bytes, ...

    Returns:
      The outputs `articles` and `rejects`.

    Raises:
      TypeError: When the graph is built: an option of another name.

    Example:
      - type: CleanArticles
        name: Clean
        input: Read.items
        config: {min_words: 8}
    """

    def __init__(self, **options: Any) -> None:
        super().__init__()
        of_input = {field.name for field in fields(InputLimits)} & options.keys()
        limits = {name: options.pop(name) for name in of_input}
        self._given = CleaningOptions(**options), InputLimits(**limits)

    def expand(self, items: PCollection[SourceItem]) -> Any:
        """Build the transform."""
        return (items | "Clean" >> clean_articles.CleanArticles(*self._given))._asdict()


class SelectArticles(beam.PTransform[PCollection[Article], dict[str, PCollection[Any]]]):
    """Keep the articles of a day and later.

    Args:
      since: The first day, UTC, such as "2026-11-01": in quotes, since Beam YAML takes no dates.

    Returns:
      The outputs `articles` and `counts`. Both these counts and those of `ReadSources` go to
      `WriteLake`, by way of a `Flatten`: what is left out is then counted as passed over.

    Raises:
      UsageError: When the graph is built: not a day.

    Example:
      - type: SelectArticles
        name: Select
        input: Clean.articles
        config: {since: "2026-11-01"}
    """

    def __init__(self, since: str) -> None:
        super().__init__()
        try:
            day = date.fromisoformat(since)
        except ValueError as error:
            raise UsageError(f"since: {since!r} is not a day such as 2026-11-01") from error
        self._selected = select_articles.SelectArticles(day)

    def expand(self, articles: PCollection[Article]) -> Any:
        """Build the transform."""
        return (articles | "Select" >> self._selected)._asdict()


class TagArticles(beam.PTransform[PCollection[Article], dict[str, PCollection[Any]]]):
    """Add entities, mentions and topics to articles.

    Args:
      options: Fields of `TaggingOptions`: gazetteers, topics, iptc, ner, topic_model.

    Returns:
      The outputs `articles` and `rejects`.

    Raises:
      TypeError: When the graph is built: an option of another name.
      UsageError: When the graph is built: a model that is named in another form.

    Example:
      - type: TagArticles
        name: Tag
        input: Clean.articles
        config: {gazetteers: ["names.tsv"]}
    """

    def __init__(self, **options: Any) -> None:
        super().__init__()
        for name in options.keys() & {"gazetteers", "topics"}:
            options[name] = tuple(options[name])
        self._options = TaggingOptions(**options)

    def expand(self, articles: PCollection[Article]) -> Any:
        """Build the transform."""
        return (articles | "Tag" >> tag_articles.TagArticles(self._options))._asdict()


class WriteLake(beam.PTransform[Any, PCollection[dict[str, Any]]]):
    """Write articles and rejects into a lake, in one commit (see `write_lake.WriteLake`).

    The process that builds the graph holds the lake's lock until it ends: it has to wait for the
    pipeline, as `python -m apache_beam.yaml.main` does.

    Args:
      lake: Its path or URI.
      commit_id: Names the commit; a lake takes each once. None: a new one.
      wait_s: How long to wait for another writer, in seconds.

    Returns:
      The content of the commit file, once.

    Raises:
      UsageError: When the graph is built: the folder holds files of others.
      LakeError: When the graph is built: another run writes the lake, or it has this commit. When
        it runs: the counts do not add up, or the disk or store refuses.

    Example:
      - type: WriteLake
        input: {articles: Tag.articles, rejects: Clean.rejects}
        config: {lake: "s3://bucket/news", commit_id: day-2026-11-09}
    """

    def __init__(self, lake: str, commit_id: str | None = None, wait_s: float = 0.0) -> None:
        super().__init__()
        self._given = (lake, commit_id, wait_s)

    def expand(self, inputs: Any) -> Any:
        """Build the transform; take the lock."""
        lake, commit_id, wait_s = self._given
        opened = ExitStack()
        writer = opened.enter_context(open_writer(lake, commit_id=commit_id, wait_s=wait_s))
        atexit.register(opened.close)
        return inputs | "Write" >> write_lake.WriteLake(writer)
