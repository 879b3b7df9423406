"""What is typed is cut by the model's own tokenizer, and the way to a word ends where that does."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from lmstudio_lite.app.tokenize_preview import cut_text
from lmstudio_lite.errors import ModelNotFoundError
from lmstudio_lite.finetune.protocol import ScratchSettings
from lmstudio_lite.paths import resources


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs the extra `finetune`")
    from lmstudio_lite.finetune.training.scratch import learn_tokenizer, write_initial

    text = (resources() / "finetune" / "general.txt").read_text("utf-8")
    path = tmp_path_factory.mktemp("model") / "initial.gguf"
    shape = ScratchSettings(600, 32, 1, 2, 1, 64)
    write_initial(path, learn_tokenizer([text], 600), shape, max_length=64, seed=0, name="cut")
    return path


@pytest.mark.parametrize(
    "text", ["The weather in the mountains", "12 34", "a", "Ünïcödé 書籍 🙂", "two  spaces\nand a line", " "]
)
def test_the_pieces_are_the_text(model: Path, text: str) -> None:
    cut = cut_text(model, text)
    if text.isascii():
        assert "".join(cut.pieces) == text
    assert len(cut.token_ids) == len(cut.pieces)


def test_the_way_to_the_longest_word_ends_in_its_pieces(model: Path) -> None:
    cut = cut_text(model, "See the mountains, then.")
    assert cut.word == " mountains"
    assert cut.steps[0].pieces == tuple(" mountains")
    assert cut.steps[0].merged is None
    last = cut.steps[-1].pieces
    start = next(at for at in range(len(cut.pieces)) if cut.pieces[at : at + len(last)] == last)
    assert "".join(cut.pieces[:start]) == "See the"


def test_a_model_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        cut_text(tmp_path / "gone.gguf", "text")
