"""What texts that are only read have in common is one row for all of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import GenerationRequest, Priority
from lmstudio_lite.engine.core.scheduler import Share
from lmstudio_lite.engine.core.scoring import ContinuationScores
from lmstudio_lite.engine.core.sequence import Sequence
from lmstudio_lite.engine.core.shared_rows import lay_rows
from lmstudio_lite.engine.core.text_stream import TextStream
from tests.engine.scripted_model import ScriptedContext, ScriptedModel

_TOKENS = st.lists(st.integers(1, 3), min_size=1, max_size=6)


def share(
    number: int, token_ids: list[int], *, past: list[int] | None = None, is_scored: bool = True
) -> Share:
    past = past or []
    made = Sequence(
        request=GenerationRequest(str(number), "x", priority=Priority.BULK),
        arrival=number,
        token_ids=[*past, *token_ids],
        num_prompt_tokens=len(past) + len(token_ids),
        max_tokens=1,
        stream=TextStream(),
        submitted_at=0.0,
        sequence_id=number,
        scores=ContinuationScores([[8], [9]]) if is_scored else None,
    )
    made.num_computed = len(past)
    return Share(made, len(token_ids))


@given(
    st.lists(st.tuples(_TOKENS, st.sampled_from([(), (7,), (7, 7)]), st.booleans()), max_size=12),
    st.booleans(),
)
@settings(deadline=None)
def test_each_sequence_gets_its_tokens_in_order(
    texts: list[tuple[list[int], tuple[int, ...], bool]], joins: bool
) -> None:
    shares = [
        share(number, tokens, past=list(past), is_scored=is_scored)
        for number, (tokens, past, is_scored) in enumerate(texts)
    ]
    context = ScriptedContext(
        ScriptedModel(), context_size=512, num_sequences_max=16, batch_size=128, shares_cells=True
    )
    for each in shares:
        assert each.sequence.sequence_id is not None
        context.cells[each.sequence.sequence_id] = each.sequence.token_ids[: each.sequence.num_computed]
    rows = lay_rows(shares, joins=joins)
    if shares:
        context.decode(rows.batch)
    for each, last, num_joined in zip(shares, rows.last, rows.num_joined, strict=True):
        assert each.sequence.sequence_id is not None
        assert context.cells[each.sequence.sequence_id] == each.sequence.token_ids
        assert rows.batch.wants_logits[last]
        assert rows.batch.token_ids[last] == each.sequence.token_ids[-1]
        assert joins or not num_joined
    num_tokens = sum(each.num_tokens for each in shares)
    assert len(rows.batch) == num_tokens - sum(rows.num_joined)
    assert rows.batch.wants_logits.count(True) == len(set(rows.last))


def test_texts_that_begin_alike_are_a_tree() -> None:
    texts = [[1, 2, 3], [1, 2, 4, 5], [1, 2, 3], [6]]
    rows = lay_rows([share(number, text) for number, text in enumerate(texts)], joins=True)
    assert rows.batch.token_ids == [1, 2, 3, 4, 5, 6]
    assert rows.batch.positions == [0, 1, 2, 2, 3, 0]
    assert rows.batch.joined == {0: [2, 1], 1: [2, 1], 2: [2]}
    assert rows.last == (2, 4, 2, 5)


def test_the_part_of_a_prompt_that_a_step_has_no_room_for_wants_nothing() -> None:
    whole = share(0, [1, 2, 3])
    rows = lay_rows([Share(whole.sequence, 2), share(1, [1, 2])], joins=True)
    assert rows.batch.token_ids == [1, 2]
    assert rows.batch.wants_logits == [False, True]
    assert rows.last == (1, 1)
