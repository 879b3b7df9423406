"""Examples in one row don't see each other, parts of a step add up, and the order can be taken up again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.finetune.protocol import FinetuneSettings, Schedule
from lmstudio_lite.finetune.training.attention import packed
from lmstudio_lite.finetune.training.batches import ExampleOrder, Position, make_part, split_step
from lmstudio_lite.finetune.training.evaluate import Measurer
from lmstudio_lite.finetune.training.loss import cross_entropy_sum
from lmstudio_lite.finetune.training.schedule import rate_factor
from lmstudio_lite.finetune.training.token_store import Row, TokenStore
from lmstudio_lite.finetune.training.tokenize import Encoded
from tests.finetune.training.models import CPU, TOKEN_IDS, load, row, tuned_at_random
from tests.support.gguf_models import write_model

ROWS = [row(TOKEN_IDS[:40], 10), row(TOKEN_IDS[40:], 3), row(TOKEN_IDS[5:35], 20)]


def loss_and_gradient(measurer: Measurer, rows: list[Row]) -> tuple[float, torch.Tensor]:
    weights = [weight for weight in measurer.base.model.parameters() if weight.requires_grad]
    part = make_part(rows, CPU.device)
    with packed(part.lengths):
        loss = measurer.loss_sum(part)
        gradients = torch.autograd.grad(loss, weights)
    return float(loss.detach()), torch.cat([gradient.flatten() for gradient in gradients])


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "gemma3"])
def test_examples_behind_each_other_learn_what_they_learn_apart(tmp_path: Path, architecture: str) -> None:
    base = load(write_model(tmp_path / "m.gguf", architecture))
    tuned_at_random(base, FinetuneSettings(rank=4))
    measurer = Measurer(base, CPU)
    together, gradient = loss_and_gradient(measurer, ROWS)
    alone = [loss_and_gradient(measurer, [each]) for each in ROWS]
    assert together == pytest.approx(sum(loss for loss, _ in alone), rel=1e-5)
    expected = torch.stack([each for _, each in alone]).sum(0)
    torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-4)


def test_the_loss_is_that_of_transformers(tmp_path: Path) -> None:
    base = load(write_model(tmp_path / "m.gguf", "llama"))
    labels = torch.where(torch.from_numpy(ROWS[0].is_learned), torch.tensor(TOKEN_IDS[:40]), -100)
    with torch.inference_mode():
        expected = base.model(input_ids=torch.tensor([TOKEN_IDS[:40]]), labels=labels[None]).loss
    found = Measurer(base, CPU).mean_loss([ROWS[0]], 100, lambda: False)
    assert found == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("softcap", [None, 5.0])
@pytest.mark.parametrize("learns_head", [False, True])
def test_the_loss_and_its_gradients_are_those_of_cross_entropy(
    softcap: float | None, learns_head: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.finetune.training.loss._SLICE_ELEMENTS", 1)  # slices of 64
    torch.manual_seed(0)
    hidden = torch.randn(150, 8, requires_grad=True)
    head = torch.nn.Linear(8, 50)
    head.requires_grad_(learns_head)
    labels = torch.randint(0, 50, (150,))
    loss = cross_entropy_sum(hidden, head, labels, softcap=softcap)
    (loss * 0.5).backward()  # type: ignore[no-untyped-call]
    found = [hidden.grad, head.weight.grad]
    hidden.grad = head.weight.grad = None
    logits = head(hidden)
    logits = logits if softcap is None else torch.tanh(logits / softcap) * softcap
    expected = torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
    (expected * 0.5).backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(found[0], hidden.grad)
    if learns_head:
        torch.testing.assert_close(found[1], head.weight.grad)


def make_store(folder: Path, lengths: list[int]) -> TokenStore:
    store = TokenStore(folder, "train")
    parts = [Encoded(list(range(length)), [i % 2 == 1 for i in range(length)]) for length in lengths]
    store.fill("key", [([part], False) for part in parts], lambda _: None)
    return store


def test_stored_tokens_come_back(tmp_path: Path) -> None:
    store = make_store(tmp_path, [3, 70, 2])
    again = TokenStore(tmp_path, "train")
    assert not again.open("other key")
    assert again.open("key")
    for kept in (store, again):
        assert len(kept) == 3
        assert kept.row(1).token_ids.tolist() == list(range(70))
        assert kept.row(1).is_learned.tolist() == [i % 2 == 1 for i in range(70)]
        assert kept.counts.num_tokens == 75


@pytest.mark.parametrize("packed_length", [None, 64])
def test_the_order_goes_on_where_it_was(tmp_path: Path, packed_length: int | None) -> None:
    store = make_store(tmp_path, [10 + i % 50 for i in range(37)])

    def order(position: Position | None = None) -> ExampleOrder:
        return ExampleOrder(
            store, seed=4, examples_per_step=3, packed_length=packed_length, position=position
        )

    whole = order()
    steps = [whole.next_step() for _ in range(30)]
    first = order()
    for _ in range(11):
        first.next_step()
    later = order(first.position)
    assert [later.next_step() for _ in range(19)] == steps[11:]
    flat = [number for step in steps for number in step]
    assert sorted(flat[:37]) == list(range(37))
    assert flat[:37] != flat[37:74]
    if packed_length is not None:
        assert all(sum(store.length(number) for number in step) <= 3 * packed_length for step in steps)
    else:
        assert whole.count_steps(2) == 25


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=30), st.integers(1, 200))
def test_parts_of_a_step_hold_every_example_once(lengths: list[int], micro_tokens: int) -> None:
    parts = list(split_step(lengths, micro_tokens, can_pack=True))
    assert sorted(at for part in parts for at in part) == list(range(len(lengths)))
    assert all(len(part) == 1 or sum(lengths[at] for at in part) <= micro_tokens for part in parts)
    assert len(list(split_step(lengths, micro_tokens, can_pack=False))) == len(lengths)


def test_the_first_token_of_an_example_is_not_predicted() -> None:
    part = make_part([row([5, 6, 7]), row([8, 9], 1)], CPU.device)
    assert part.learned_at.tolist() == [0, 1, 3]
    assert part.labels.tolist() == [6, 7, 9]
    assert part.position_ids.tolist() == [[0, 1, 2, 0, 1]]


def test_the_learning_rate_rises_and_falls() -> None:
    linear = [rate_factor(step, 100, 0.1, Schedule.LINEAR) for step in range(100)]
    assert linear[0] < 0.15
    assert linear[10] == 1.0
    assert linear[99] == pytest.approx(1 / 90)
    cosine = [rate_factor(step, 100, 0.0, Schedule.COSINE) for step in range(100)]
    assert cosine[0] == 1.0
    assert cosine[50] == pytest.approx(0.5)
    assert rate_factor(99, 100, 0.1, Schedule.CONSTANT) == 1.0
    assert np.all(np.diff(cosine) <= 0)
