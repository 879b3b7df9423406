"""Whether a text has sentences, or only headings and names."""

from __future__ import annotations

from lmstudio_lite.tasks.text.tokens import SHINGLE_CHARACTERS, shingle_size, tokenize

SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "۔", "؟", "।")
_TITLE_LINES_MIN = 2
_TITLE_WORDS = 4.5
_ONLY_TITLES = 1.4
"""How much longer titles may be where no line at all ends as a sentence does."""
_TITLE_CHARACTERS = 8.0


def lists_titles(text: str) -> bool:
    """Tell whether the lines are headings ("2 Overview") rather than sentences: they say nothing."""
    written = [line.strip() for line in text.splitlines() if line.strip()]
    num_sentences = sum(line.endswith(SENTENCE_ENDS) for line in written)
    if len(written) < _TITLE_LINES_MIN or num_sentences * 2 >= len(written):
        return False
    lines = [[token for token in tokenize(line) if not token.isdigit()] for line in written]
    tokens = [token for line in lines for token in line]
    is_ideographic = shingle_size(tokens) == SHINGLE_CHARACTERS
    longest = _TITLE_CHARACTERS if is_ideographic else _TITLE_WORDS
    return len(tokens) / len(lines) < longest * (1.0 if num_sentences else _ONLY_TITLES)


def has_sentence(text: str) -> bool:
    """Tell whether anything in the text ends as a sentence does; a string of headings has none."""
    return any(mark in text for mark in SENTENCE_ENDS)
