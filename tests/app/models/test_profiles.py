"""What is decided for a model goes with its content, holds before the settings and reaches the engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import ChatPrompt, Message, Role, Sampling
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.engine.llama.model import load_llama
from lmstudio_lite.errors import ModelNotFoundError
from lmstudio_lite.library.catalog import catalog
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


def test_a_catalogs_model_samples_as_its_makers_recommend(services: Services, tmp_path: Path) -> None:
    """Take what the catalog says where the file says nothing, but not of another file of that name."""
    entry = next(model for model in catalog() if model.sampling is not None)
    path = tmp_path / entry.file.name
    with path.open("wb") as file:
        file.truncate(entry.file.size_bytes)  # a hole: it takes no space
    assert services.load_profiles.options_for(path).sampling == entry.sampling
    write_model(path, "llama", seed=1)
    assert services.load_profiles.options_for(path).sampling == Sampling()


def test_what_is_recommended_reaches_the_loaded_model(tmp_path: Path) -> None:
    path = write_model(tmp_path / "a.gguf", "llama", seed=1)
    options = LoadOptions(context_size=512, num_sequences_max=1, sampling=Sampling(temperature=0.6, top_k=20))
    model = load_llama(path, options, lambda _: True)
    try:
        assert (model.info.sampling.temperature, model.info.sampling.top_k) == (0.6, 20)
    finally:
        model.close()
