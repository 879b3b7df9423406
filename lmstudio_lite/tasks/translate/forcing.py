"""A grammar that a translation can't break: what it must carry over stands in it, letter for letter.

For the last attempt at a passage whose figures, addresses or placeholders a model has changed twice. Between
them anything may stand but what looks like another of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations

import regex

from lmstudio_lite.tasks.translate.carried import find_carried
from lmstudio_lite.tasks.translate.figures import localize_figures
from lmstudio_lite.tasks.translate.ranges import quoted

_FIGURE = regex.compile(r"\d(?:[\d.,:'’\u00a0\u202f/-]*\d)?")
_MOST_ITEMS, _MOST_ORDERS = 12, 3
_BETWEEN = r"[^0-9{}<>@/\\$%#_\n]"


def forcing_grammar(passage: str, source: str, target: str, kept: Sequence[str] = ()) -> str:
    """Return GBNF for translations of ``passage`` with all it has to carry over; "" where that is nothing.

    ``kept`` are words that it has to carry over too.
    With up to three such things they may come in any order, with more in that of the passage.
    """
    items = forced_items(passage, source, target)
    items += [words for words in kept if not any(words in item or item in words for item in items)]
    if not items or len(items) > _MOST_ITEMS:
        return ""
    orders = permutations(items) if len(items) <= _MOST_ORDERS else [tuple(items)]
    choices = dict.fromkeys(" t ".join(quoted(item) for item in order) for order in orders)
    return f"root ::= {' | '.join(f't {choice} t' for choice in choices)}\nt ::= {_BETWEEN}*"


def lacks_items(text: str, passage: str, source: str, target: str, kept: Sequence[str] = ()) -> bool:
    """Tell whether ``text`` lacks something that the grammar would put into it.

    It has them all where a figure stands for another amount ("3 million" as 3亿): no grammar mends that.
    """
    items = Counter([*forced_items(passage, source, target), *kept])
    return any(text.count(item) < count for item, count in items.items())


def forced_items(passage: str, source: str, target: str) -> list[str]:
    """Return what a translation has to carry over, in order, figures as the language writes them."""
    written = localize_figures(passage, passage, source, target)
    items: list[str] = []
    position = 0
    for each in find_carried(written):
        items += _FIGURE.findall(written[position : each.start])
        items.append(each.text)
        position = each.end
    items += _FIGURE.findall(written[position:])
    return items
