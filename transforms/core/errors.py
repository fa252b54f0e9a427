"""What warta raises for what it cannot do: one hierarchy, each error said in one line.

    WartaError
      UsageError               a command that cannot be done as it is said
      RunError                 work that failed on its way
        ExhaustedError         there is too little memory, or no thread more
      StorageError             a location that cannot be used
        UnreadableError        one that holds nothing to read: others may be read all the same
      LakeError                a lake that cannot be used as it is
        LakeWriteError         a disk or store that takes no more, or does not answer
        LakeBusyError          one that another run writes
        LoadAnewError          one that no longer knows what a commit brought
      LoadError                a database that cannot be loaded
      QueueError               a queue that does not answer as it should
        KafkaError             a broker of Kafka
      DataError                a table, dump or model of the user's own that cannot be used
        UnknownKindError       a kind of input that no reader has
        GazetteerError  TopicsError  DumpError
        ModelError  RecogniserError  TopicModelError  HfModelError

`RejectedRecord` (see rejections.py) is not one of them: it rejects one record, which goes to
`rejects`, and nothing fails. Whatever else is raised is a defect, and keeps its traceback.
"""

from typing import ClassVar


class WartaError(Exception):
    """Something that warta cannot do, said in one line that says what to do about it."""

    exit_status: ClassVar[int] = 1
    """Of a command that ends with it before its work has started: 1 failed, 2 wrong usage."""


class UsageError(WartaError):
    """A wish that cannot be fulfilled as it is said."""

    exit_status = 2


class RunError(WartaError):
    """Work that failed on its way."""


class ExhaustedError(RunError):
    """Work for which there is not enough memory, or which gets no threads."""


class StorageError(WartaError):
    """A location that cannot be used."""

    exit_status = 2


class UnreadableError(StorageError):
    """A location that cannot be listed, or holds no file: others may be read all the same."""


class LakeError(WartaError):
    """A lake that cannot be used as it is."""

    exit_status = 2


class LakeWriteError(LakeError):
    """A disk or store that takes no more, or does not answer: later it may."""

    exit_status = 1


class LakeBusyError(LakeError):
    """A lake that another run writes: later it may be free."""

    exit_status = 1


class LoadAnewError(LakeError):
    """A lake that no longer knows what single commits brought: a copy has to be loaded again."""

    exit_status = 4


class LoadError(WartaError):
    """A database that takes no rows, or does not answer: what it has committed stays."""


class QueueError(WartaError):
    """A queue that cannot be read now; its messages stay where they are."""


class KafkaError(QueueError):
    """A topic of Kafka that cannot be read now."""


class DataError(WartaError, ValueError):
    """A file of the user's own that is not what it should be."""

    exit_status = 2


class UnknownKindError(DataError):
    """A kind of input that no reader has; it says which is meant, or which there are."""


class GazetteerError(DataError):
    """A table of names that cannot be used."""


class TopicsError(DataError):
    """A table of topics that cannot be used."""


class DumpError(DataError):
    """A dump of Wikidata that cannot be read."""


class ModelError(DataError):
    """A model of warta's own form that cannot be used."""


class RecogniserError(DataError):
    """A model that finds names and cannot be loaded."""


class TopicModelError(DataError):
    """A model that finds topics and cannot be loaded."""


class HfModelError(DataError):
    """A folder of Hugging Face's form that holds no usable model."""
