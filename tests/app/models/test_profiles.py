"""What is decided for a model goes with its content, holds before the settings and reaches the engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import ChatPrompt, Message, Role
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.errors import ModelNotFoundError
from tests.support.gguf_models import write_model

PROFILE = ModelProfile(context_size=2048, kv_type=KvType.Q8_0, sampling=SamplingChoice(top_k=3))
PLAIN_TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"


def test_a_profile_goes_with_the_content(services: Services, tmp_path: Path) -> None:
    path = write_model(tmp_path / "a.gguf", "llama", seed=1)
    other = write_model(tmp_path / "other.gguf", "llama", seed=2)
    services.profiles.keep(path, "A", PROFILE)
    moved = Path(shutil.move(path, tmp_path / "b.gguf"))
    assert services.profiles.of(moved) == PROFILE
    assert services.profiles.of(other) == NO_PROFILE
    assert services.profiles.of(path) == NO_PROFILE
    with pytest.raises(ModelNotFoundError):
        services.profiles.keep(path, "A", PROFILE)


def test_it_holds_before_the_settings_and_behind_the_options_of_a_run(
    services: Services, tmp_path: Path
) -> None:
    path = write_model(tmp_path / "a.gguf", "llama", seed=1)
    services.settings.update("model", context_size=4096, num_threads=2)
    options = services.load_profiles.options_for(path)
    assert (options.context_size, options.kv_type, options.num_threads) == (4096, None, 2)
    services.profiles.keep(path, "A", PROFILE)
    options = services.load_profiles.options_for(path)
    assert (options.context_size, options.kv_type, options.num_threads) == (2048, KvType.Q8_0, 2)
    services.profiles.override(ModelProfile(context_size=1024))
    assert services.load_profiles.options_for(path).context_size == 1024
    assert services.profiles.decided(path) == PROFILE


def test_a_template_of_ones_own_takes_the_place_of_the_files(services: Services, starter_model: Path) -> None:
    prompt = ChatPrompt((Message(Role.USER, "Hello"),))
    services.engine.wait_until_ready()
    before = services.engine.count_prompt_tokens(prompt)
    services.profiles.keep(starter_model, "Starter", ModelProfile(template=PLAIN_TEMPLATE))
    services.load_model(starter_model)
    services.engine.wait_until_ready()
    model = services.engine.state.model
    assert model is not None
    assert model.template_problem == ""
    assert services.engine.count_prompt_tokens(prompt) < before


def test_a_template_is_tried_before_it_is_kept(services: Services) -> None:
    assert services.profiles.template_problem(PLAIN_TEMPLATE) == ""
    assert services.profiles.template_problem("{% if %}") == "invalid"
    assert services.profiles.template_problem("Hello") == "loses_text"
