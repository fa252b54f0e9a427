"""Transforms for Apache Beam: news sources into a lake of cleaned, tagged, deduplicated articles.

Example:
  import apache_beam as beam
  from warta.transforms import (
      CleanArticles, ListSources, ReadSources, TagArticles, WriteLake, open_writer
  )

  with open_writer("lake") as writer, beam.Pipeline() as root:
      read = root | ListSources("dumps/*.jsonl.gz") | ReadSources()
      cleaned = read.items | CleanArticles()
      tagged = cleaned.articles | TagArticles()
      rows = {
          "articles": tagged.articles,
          "rejects_of_read": read.rejects,
          "rejects_of_clean": cleaned.rejects,
          "rejects_of_tag": tagged.rejects,
          "counts": read.counts,
      }
      rows | WriteLake(writer)

The names below are the public ones; modules hold what they are made of. A name is imported when it
is used first, so that what needs no Beam starts without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warta.transforms.clean_articles import ArticleOutputs, CleanArticles
    from warta.transforms.core.counts import ReadCount
    from warta.transforms.core.options import (
        CleaningOptions,
        DedupOptions,
        InputLimits,
        TaggingOptions,
    )
    from warta.transforms.core.records import (
        Article,
        Reference,
        Reject,
        Source,
        SourceItem,
    )
    from warta.transforms.lake.changes import Changes, CommitChanges, read_changes
    from warta.transforms.lake.compaction import CompactionPolicy
    from warta.transforms.lake.decisions import Policy
    from warta.transforms.lake.opening import LakeWriter, open_writer
    from warta.transforms.lake.reading import open_dataset
    from warta.transforms.read_sources import ListSources, ReadOutputs, ReadSources
    from warta.transforms.select_articles import SelectArticles, SelectOutputs
    from warta.transforms.tag_articles import TagArticles
    from warta.transforms.write_lake import WriteLake

__all__ = [
    "Article",
    "ArticleOutputs",
    "Changes",
    "CleanArticles",
    "CleaningOptions",
    "CommitChanges",
    "CompactionPolicy",
    "DedupOptions",
    "InputLimits",
    "LakeWriter",
    "ListSources",
    "Policy",
    "ReadCount",
    "ReadOutputs",
    "ReadSources",
    "Reference",
    "Reject",
    "SelectArticles",
    "SelectOutputs",
    "Source",
    "SourceItem",
    "TagArticles",
    "TaggingOptions",
    "WriteLake",
    "open_dataset",
    "open_writer",
    "read_changes",
]

_MODULES = {
    "clean_articles": ("ArticleOutputs", "CleanArticles"),
    "core.counts": ("ReadCount",),
    "core.options": ("CleaningOptions", "DedupOptions", "InputLimits", "TaggingOptions"),
    "core.records": (
        "Article",
        "Reference",
        "Reject",
        "Source",
        "SourceItem",
    ),
    "lake.changes": ("Changes", "CommitChanges", "read_changes"),
    "lake.compaction": ("CompactionPolicy",),
    "lake.decisions": ("Policy",),
    "lake.opening": ("LakeWriter", "open_writer"),
    "lake.reading": ("open_dataset",),
    "read_sources": ("ListSources", "ReadOutputs", "ReadSources"),
    "select_articles": ("SelectArticles", "SelectOutputs"),
    "tag_articles": ("TagArticles",),
    "write_lake": ("WriteLake",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name from its module.

    Raises:
      AttributeError: It is not one.
    """
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # By the installed name, also where a checkout imports the folder: classes exist once.
    return getattr(import_module(f"warta.transforms.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
