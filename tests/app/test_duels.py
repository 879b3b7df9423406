"""Two contenders answer on the real engine; what is said is kept, voted on and exported."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.duels import (
    DuelAnswered,
    DuelLoading,
    DuelProgress,
    Duels,
    DuelText,
    export_preferences,
)
from lmstudio_lite.app.own_examples import OwnWork, own_source
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.duels import Contender, DuelAnswer, Side, Vote
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.personas import Persona
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.problems import FIXABLE
from lmstudio_lite.finetune.data.records import convert
from lmstudio_lite.finetune.data.sources import ReadOptions, plain_pair_prompt, read_source
from lmstudio_lite.paths import portable_paths

ASKED = (Message(Role.USER, "Name a sea."),)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, starter_model: Path) -> Iterator[tuple[Services, Path]]:
    """Services with the starter model twice, under two names."""
    folder = tmp_path_factory.mktemp("duels")
    other = folder / "other.gguf"
    os.symlink(starter_model, other)
    with Services.open(portable_paths(folder / "data"), isolation="process") as services:
        services.settings.update("engine", measures=False)
        services.settings.update("chat", max_tokens=12)
        services.load_model(starter_model)
        yield services, other


def contender(path: Path, temperature: float | None = None, persona: Persona | None = None) -> Contender:
    return Contender(str(path), path.stem, temperature=temperature, persona=persona)


def test_two_settings_of_one_model_answer_at_once(held: tuple[Services, Path], starter_model: Path) -> None:
    services, _ = held
    duels = Duels(services)
    told: list[DuelProgress] = []
    persona = Persona("Shouter", "Answer in capital letters.")
    begun = duels.begin(
        ASKED, contender(starter_model, 0.0), contender(starter_model, 0.0, persona), is_blind=True
    )
    done = duels.answer(begun.id, report=told.append, cancellation=Cancellation())
    assert done.is_done
    for side in Side:
        said = "".join(each.added for each in told if isinstance(each, DuelText) and each.side is side)
        assert said == done.answer(side).text != ""
    assert not any(isinstance(each, DuelLoading) for each in told)  # it is the model in use
    assert {each.side for each in told if isinstance(each, DuelAnswered)} == set(Side)


def test_two_models_answer_one_after_the_other_and_the_first_is_back(
    held: tuple[Services, Path], starter_model: Path
) -> None:
    services, other = held
    services.engine.wait_until_ready()
    duels = Duels(services)
    told: list[DuelProgress] = []
    begun = duels.begin(ASKED, contender(starter_model), contender(other), is_blind=False)
    done = duels.answer(begun.id, report=told.append, cancellation=Cancellation())
    assert done.is_done
    assert [each.side for each in told if isinstance(each, DuelLoading)] == [Side.SECOND]
    services.engine.wait_until_ready()
    assert services.engine.state.path == starter_model


def test_stopping_keeps_what_was_said_and_going_on_ends_it(
    held: tuple[Services, Path], starter_model: Path
) -> None:
    services, other = held
    duels = Duels(services)
    cancellation = Cancellation()
    begun = duels.begin(ASKED, contender(starter_model), contender(other), is_blind=False)
    stopped = duels.answer(begun.id, report=lambda step: cancellation.cancel(), cancellation=cancellation)
    assert stopped.first_answer.state is MessageState.STOPPED
    assert stopped.second_answer.state is MessageState.STREAMING
    assert not stopped.is_done
    done = duels.answer(begun.id, report=lambda step: None, cancellation=Cancellation())
    assert done.is_done
    assert done.first_answer == stopped.first_answer


def test_votes_leave_as_preferences_that_training_reads(
    held: tuple[Services, Path], starter_model: Path, tmp_path: Path
) -> None:
    services, _ = held
    duels = Duels(services)
    kept = []
    for vote in (Vote.FIRST, Vote.SECOND, Vote.TIE, None):
        begun = duels.begin(ASKED, contender(starter_model), contender(starter_model, 1.0), is_blind=False)
        for side, text in ((Side.FIRST, "The Baltic Sea."), (Side.SECOND, "北海")):
            duels._rows.save_answer(begun.id, side, _complete(text))
        kept.append(duels.vote(begun.id, vote))
    file = tmp_path / "preferences.jsonl"
    assert export_preferences(kept, file) == 2
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row["chosen"][0]["content"] for row in rows] == ["The Baltic Sea.", "北海"]
    assert [row["rejected"][0]["content"] for row in rows] == ["北海", "The Baltic Sea."]
    assert rows[0]["prompt"] == [{"role": "user", "content": "Name a sea."}]
    examples = [convert(row, "1", FIXABLE, plain_pair_prompt).example for row in rows]
    assert [example.messages[-1].text for example in examples] == ["The Baltic Sea.", "北海"]
    own = own_source(OwnWork.DUELS, "votes", services)
    learned = [item for item in read_source(own, ReadOptions(), services.reader)]
    assert {item.messages[-1].text for item in learned if isinstance(item, TrainingExample)} == {
        *("The Baltic Sea.", "北海")
    }


def _complete(text: str) -> DuelAnswer:
    return DuelAnswer(text, MessageState.COMPLETE)
