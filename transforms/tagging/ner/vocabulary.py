"""The words that the texts of a language have held so far: each is looked at once.

A text is cut at its blanks; nearly all that is between two blanks was seen before, and is looked
up whole. Several texts make one row of words: arrays are computed for all of them at once, and
what costs the same for ten words as for a thousand is paid once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.tokens import SENTENCE_ENDS, cut
from warta.transforms.tagging.ner.word_scores import WordScores, with_rows
from warta.transforms.tagging.ner.word_tables import Rules
from warta.transforms.tagging.ner.words import Word, WordBook

KEPT_WORDS = 40_000
"""Words that are kept, of half a kilobyte each; then those go that were not used of late."""
KEPT_CHUNKS = 60_000
"""What was between two blanks and is kept: words with their commas and brackets."""
KEPT_CHARS = 2_000_000
"""Code points of all these together: those of news have half as many."""
_NOTHING = (0,)
"""The row of the word of no letters."""
_BETWEEN = "\n\0\n"
_NEWLINE, _SPACE, _NO_BREAK_SPACE, _LAST_BLANK = 0x0A, 0x20, 0xA0, 0x3000
_BLANK = np.array([chr(point).isspace() for point in range(_LAST_BLANK + 2)])

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Texts as one row of words; before, between and after them is a word of no letters."""

    words: list[Word]
    rows: Ints
    """Of the words in their vocabulary."""
    bounds: list[int]
    """Where the words of no letters are: text `i` is between bounds `i` and `i + 1`."""
    starts: list[int]
    ends: list[int]
    """`text[starts[i]:ends[i]] == words[i].text`, in code points of the word's own text."""
    lines: Ints
    """The line of each word, counted over all texts."""
    opening: NDArray[np.bool_]
    """Whether a word is first in a sentence, a quotation or a line."""
    opens: list[bool]
    """The same as a list."""
    touches: list[bool]
    """Whether at most one blank separates a word from the next."""
    capitals: list[int]
    """Which words open with a capital letter."""
    title_words: list[int]
    """Which words a title may open with."""

    def __len__(self) -> int:
        return len(self.words)


class _Columns:
    """What arrays are computed from: a row a word."""

    def __init__(self) -> None:
        self.length: Ints = np.zeros(1024, dtype=np.intp)
        self.ending = np.zeros(1024, dtype=np.bool_)
        self.capital = np.zeros(1024, dtype=np.bool_)
        self.titled = np.zeros(1024, dtype=np.bool_)
        self.used = np.zeros(1024, dtype=np.bool_)
        """Words that came again since words were last forgotten."""

    def add(self, first: int, words: Sequence[Word]) -> None:
        """Fill in the rows of new words."""
        last = first + len(words)
        for name, column in vars(self).items():
            setattr(self, name, with_rows(column, last))
        rows = slice(first, last)
        self.length[rows] = [len(word.text) for word in words]
        self.ending[rows] = [word.text[-1:] in SENTENCE_ENDS for word in words]
        self.capital[rows] = [word.capital for word in words]
        self.titled[rows] = [bool(word.cues.titles) for word in words]
        self.used[rows] = False

    def keep(self, rows: Ints) -> None:
        """Make the rows of some words those of all."""
        for column in vars(self).values():
            column[: len(rows)] = column[rows]
        self.used[:] = False


class Vocabulary:
    """Reads texts of one language.

    Args:
      rules, gazetteer: What is known of words.
      scores: A model's scores of words, kept in step with the words.
    """

    def __init__(
        self, rules: Rules, gazetteer: Gazetteer, scores: WordScores | None = None
    ) -> None:
        self._book = WordBook(rules, gazetteer)
        self._scores = scores
        self._words = [self._book.word("")]
        self._row_of: dict[str, int] = {}
        self._chunks: dict[str, tuple[int, ...]] = {}
        self._chars = 0
        self._columns = _Columns()

    def read(self, texts: Sequence[str]) -> TextBatch:
        """Return the words of texts.

        Example:
          >>> from warta.transforms.tagging.ner.word_tables import load_rules
          >>> vocabulary = Vocabulary(load_rules("id"), Gazetteer(iter(())))
          >>> [word.text for word in vocabulary.read(["Ma'ruf tiba.", "Hujan"]).words]
          ['', "Ma'ruf", 'tiba', '.', '', 'Hujan', '']
        """
        self._forget_if_full()
        learned = len(self._words)
        pieces: list[tuple[int, ...]] = [_NOTHING]
        bounds = [0]
        for text in texts:
            pieces += self._rows_of_chunks(text.split())
            bounds.append(len(pieces))
            pieces.append(_NOTHING)
        rows = np.fromiter(chain.from_iterable(pieces), dtype=np.intp)
        sizes = np.fromiter(map(len, pieces), dtype=np.intp, count=len(pieces))
        joined = _BETWEEN.join(("", *texts, ""))
        points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        blank = _BLANK.take(np.minimum(points, _LAST_BLANK + 1))
        # A chunk begins after a blank: before the first word of no letters is a line break.
        begins = np.flatnonzero(blank[:-1] & ~blank[1:]) + 1
        before = np.cumsum(sizes) - sizes
        lengths = self._columns.length[rows]
        letters = np.cumsum(lengths)
        ends = letters + np.repeat(begins - (letters - lengths)[before], sizes)
        starts = ends - lengths
        gaps, after = starts[1:] - ends[:-1], points[ends[:-1]]
        one_blank = (gaps == 1) & ((after == _SPACE) | (after == _NO_BREAK_SPACE))
        borders = before[bounds]
        # Places count from the head of their own text, which is two code points after its border.
        heads = np.repeat(starts[borders] + 2, np.diff(borders, append=len(rows)))
        self._mark_used(rows, learned)
        return self._batch(
            rows,
            borders.tolist(),
            (starts - heads, ends - heads),
            np.cumsum(points == _NEWLINE, dtype=np.intp)[starts],
            ((gaps == 0) | one_blank).tolist(),
        )

    def of_words(self, words: Sequence[str]) -> TextBatch:
        """Return words that others have cut, in a text with one blank between them."""
        self._forget_if_full()
        learned = len(self._words)
        self._learn(words)
        rows = np.asarray([0, *map(self._row_of.__getitem__, words), 0], dtype=np.intp)
        lengths = self._columns.length[rows]
        ends = np.cumsum(lengths + 1) - 2
        lines = np.minimum(1, np.arange(len(rows)))
        lines[-1] = 2
        touches = [False, *[True] * (len(words) - 1), False][: len(words) + 1]
        self._mark_used(rows, learned)
        return self._batch(rows, [0, len(rows) - 1], (ends - lengths, ends), lines, touches)

    def _batch(
        self,
        rows: Ints,
        bounds: list[int],
        places: tuple[Ints, Ints],
        lines: Ints,
        touches: list[bool],
    ) -> TextBatch:
        columns = self._columns
        opening = np.ones(len(rows), dtype=np.bool_)
        opening[1:] = columns.ending[rows[:-1]] | (lines[1:] != lines[:-1])
        return TextBatch(
            words=list(map(self._words.__getitem__, rows.tolist())),
            rows=rows,
            bounds=bounds,
            starts=places[0].tolist(),
            ends=places[1].tolist(),
            lines=lines,
            opening=opening,
            opens=opening.tolist(),
            touches=[*touches, False],
            capitals=columns.capital[rows].nonzero()[0].tolist(),
            title_words=columns.titled[rows].nonzero()[0].tolist(),
        )

    def _rows_of_chunks(self, chunks: list[str]) -> list[tuple[int, ...]]:
        try:
            return list(map(self._chunks.__getitem__, chunks))
        except KeyError:
            self._learn_chunks([chunk for chunk in chunks if chunk not in self._chunks])
            return list(map(self._chunks.__getitem__, chunks))

    def _learn_chunks(self, chunks: Collection[str]) -> None:
        pieces = [cut(chunk) for chunk in chunks]
        self._learn(chain.from_iterable(pieces))
        row_of = self._row_of.__getitem__
        for chunk, words in zip(chunks, pieces, strict=True):
            self._chunks[chunk] = tuple(map(row_of, words))
        self._chars += sum(map(len, chunks))

    def _learn(self, words: Iterable[str]) -> None:
        """Give new words the next rows."""
        known = self._row_of
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            first, made = len(self._words), list(map(self._book.word, new))
            self._words += made
            known.update(zip(new, range(first, len(self._words)), strict=True))
            self._chars += sum(map(len, new))
            self._columns.add(first, made)
            if self._scores:
                self._scores.learn(first, made)

    def _mark_used(self, rows: Ints, learned: int) -> None:
        """Note which words came again: all of a text but those that it was the first to hold."""
        self._columns.used[rows] = True
        self._columns.used[learned:] = False

    def _forget_if_full(self) -> None:
        too_long = self._chars > KEPT_CHARS
        if len(self._words) > KEPT_WORDS or too_long:
            self._forget_words()
        if len(self._chunks) > KEPT_CHUNKS or too_long:
            self._forget_chunks()

    def _forget_words(self) -> None:
        """Forget words that did not come again since the last time, and half of all at least."""
        count = len(self._words)
        came_again = self._columns.used[:count].nonzero()[0]
        newest = came_again[came_again > 0][::-1][: KEPT_WORDS // 2]
        # Of long words fewer are kept.
        newest = newest[np.cumsum(self._columns.length[newest]) <= KEPT_CHARS // 2]
        rows = np.concatenate([[0], newest[::-1]]).astype(np.intp)
        self._words = [self._words[row] for row in rows.tolist()]
        self._row_of = {word.text: row for row, word in enumerate(self._words) if row}
        self._columns.keep(rows)
        if self._scores:
            self._scores.keep(rows)
        self._forget_chunks()

    def _forget_chunks(self) -> None:
        """Forget all chunks, which cost little: their words are known."""
        self._chunks.clear()
        self._chars = int(self._columns.length[: len(self._words)].sum())
