"""Which language a text is in: pycld2 first, fastText's lid.176 where that is unsure.

Neither can distinguish Indonesian and Malay on short texts, so what the source, the page and the
domain declare decides between such sisters. A declaration never turns a clear text of another
language: pages in English under Indonesian templates are common.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data"
MODEL = DATA / "lid.176.ftz"
TWIN_WORDS = DATA / "twin_languages.toml"

FIRST_CHARS = 700
"""What pycld2 sees: more costs time and settles little (700: 23 us, 1,000: 33 us)."""
SECOND_CHARS = 700
"""What lid.176 sees."""
FEW_LETTERS = 20
"""Texts with fewer letters lower the confidence in proportion."""
SURE = 0.90
"""Share of pycld2 from which no second opinion is asked."""
UNDETERMINED_BELOW = 0.40
"""Confidence under which the answer is `und`; chosen by hand."""

SISTERS = frozenset({"id", "ms", "jv", "su", "min", "ban", "bjn", "mad", "ace", "bug"})
"""Languages that the models take for each other."""
UNSEEN = frozenset({"min", "ban", "bjn", "mad", "ace", "bug"})
"""Sisters that neither model knows well (min: 4% of sib200): only a declaration names them."""
TWINS = frozenset({"id", "ms"})
"""Languages that no model distinguishes: words that only one of them has, and declarations, do."""
TOP_LEVEL = {"id": "id", "my": "ms", "bn": "ms"}
"""Top-level domain -> the language it speaks for among Indonesian and Malay."""

# pycld2 refuses control characters, noncharacters and lone surrogates.
_UNFIT = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0001fffd]+")
_WORDLESS = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|[\d_/|*=<>]+")
_TWIN_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*'?")
_TAG = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}")
# Old and private codes of the two models -> BCP-47.
_BCP47 = {"iw": "he", "in": "id", "jw": "jv", "zh-Hant": "zh-Hant", "als": "gsw", "sh": "sr-Latn"}
_UNKNOWN = frozenset({"un", "xxx"})


def declared_language(declared: str | None) -> str | None:
    """Return the primary subtag of a declared language ("id-ID", "en_US") in small letters."""
    if declared is None or not _TAG.fullmatch(declared.strip()):
        return None
    tag = re.split("[-_]", declared.strip().lower())[0]
    return _BCP47.get(tag, tag)


def domain_language(domain: str | None) -> str | None:
    """Return the language that a host's top-level domain speaks for, None for most."""
    return TOP_LEVEL.get(domain.rpartition(".")[2]) if domain else None


@dataclass(frozen=True, slots=True)
class LanguageIdentifier:
    """Both models, loaded once a process."""

    model: Any
    words: dict[str, frozenset[str]]
    """Of twin_languages.toml."""

    @classmethod
    def load(cls) -> "LanguageIdentifier":
        """Load lid.176 (0.9 MB, 20 ms) and the words that distinguish the twins."""
        import fasttext  # here: `warta --help` needs no model

        words = tomllib.loads(TWIN_WORDS.read_text(encoding="utf-8"))["words"]
        model = fasttext.load_model(str(MODEL))
        return cls(model, {name: frozenset(own) for name, own in words.items()})

    def identify(
        self,
        text: str,
        *,
        declared: str | None = None,
        page: str | None = None,
        domain: str | None = None,
    ) -> tuple[str, float]:
        """Return the language of a text, BCP-47, and the confidence from 0 to 1.

        Args:
          text: The article's text; its beginning is enough.
          declared: The source's language, as the user or the feed names it.
          page: The page's own, `html lang`.
          domain: The publisher's domain.

        Returns:
          ("und", confidence) where the models are not sure enough.
        """
        fit = _UNFIT.sub(" ", text[:FIRST_CHARS])
        language, confidence = self._guess(fit)
        if language in TWINS:
            language = self._part_twins(language, fit)
        if language in SISTERS or 0 < confidence < UNDETERMINED_BELOW:
            priors = (declared_language(declared), declared_language(page), domain_language(domain))
            language, confidence = _decide(language, confidence, priors)
        if confidence < UNDETERMINED_BELOW:
            return "und", confidence
        return language, confidence

    def _guess(self, fit: str) -> tuple[str, float]:
        import pycld2  # here: 10 ms that only texts need

        reliable, _, guesses = pycld2.detect(fit)
        first, share = guesses[0][1], guesses[0][2] / 100
        first = _BCP47.get(first, first)
        if reliable and share >= SURE and first not in SISTERS - {"id"}:
            return first, share
        second, probability = self._second_opinion(fit)
        if reliable and first not in _UNKNOWN and (first == second or probability < share * 0.7):
            return first, max(share, probability) if first == second else share
        return second, probability

    def _second_opinion(self, fit: str) -> tuple[str, float]:
        line = " ".join(_WORDLESS.sub(" ", fit[:SECOND_CHARS]).split())
        if not line:
            return "und", 0.0
        labels, probabilities = self.model.predict(line)
        code = labels[0].removeprefix("__label__")
        probability = min(float(probabilities[0]), 1.0)
        if len(line) < FEW_LETTERS * 3:
            # One name or a row of dots makes the model sure of something.
            probability *= min(1.0, sum(map(str.isalpha, line)) / FEW_LETTERS)
        return _BCP47.get(code, code), probability

    def _part_twins(self, guess: str, fit: str) -> str:
        """Indonesian or Malay by the words that only one of them uses; the guess where they tie."""
        words = set(_TWIN_WORD.findall(fit.lower()))
        for kind in ("", "leaning_"):
            malay, indonesian = (len(words & self.words[f"{kind}{one}"]) for one in ("ms", "id"))
            if malay != indonesian:
                return "ms" if malay > indonesian else "id"
        return guess


def _decide(
    language: str, confidence: float, priors: tuple[str | None, str | None, str | None]
) -> tuple[str, float]:
    """Return the models' answer, changed by what is declared among sister languages."""
    prior = next((prior for prior in priors if prior in SISTERS), None)
    if prior is None or prior == language:
        return language, confidence
    if confidence < UNDETERMINED_BELOW and prior not in priors[:2]:
        return language, confidence
    if prior in UNSEEN or {prior, language} <= TWINS or confidence < SURE:
        return prior, max(confidence, UNDETERMINED_BELOW)
    return language, confidence
