"""Profiles in the database: kept and read back, and whatever stands there is read without a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.models import KvType
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.model_profiles import ModelProfiles, decode_profile, encode_profile
from tests.domain.test_profiles import PROFILES


@pytest.fixture
def profiles(tmp_path: Path) -> Iterator[ModelProfiles]:
    database = Database.open(tmp_path / "library.sqlite3")
    yield ModelProfiles(database)
    database.close()


@given(PROFILES)
def test_a_profile_is_read_back_as_it_was(profile: ModelProfile) -> None:
    assert decode_profile(encode_profile(profile)) == profile


@given(
    st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5).map(json.dumps)
)
def test_nonsense_is_no_profile(text: str) -> None:
    assert isinstance(decode_profile(text), ModelProfile)


def test_what_makes_no_sense_is_left_out() -> None:
    stored = {
        "version": 9,
        "context_size": 4096,
        "kv_type": "q9_9",
        "num_threads": -3,
        "flash_attention": "yes",
        "sampling": {"temperature": 0.5, "top_p": 7, "later": 1},
        "unknown": [1],
    }
    assert decode_profile(json.dumps(stored)) == ModelProfile(
        context_size=4096, sampling=SamplingChoice(temperature=0.5)
    )


def test_each_model_has_its_own_and_can_lose_it_again(profiles: ModelProfiles) -> None:
    chosen = ModelProfile(kv_type=KvType.Q8_0, system_prompt="")
    assert profiles.get("a") == NO_PROFILE
    profiles.keep("a", "Qwen", chosen)
    profiles.keep("b", "Lost \ud800 half", ModelProfile(template="{{ '\ud800' }}"))
    assert profiles.get("a") == chosen
    assert "Qwen" in profiles.names()
    profiles.keep("a", "Qwen", NO_PROFILE)
    assert profiles.get("a") == NO_PROFILE
    assert "Qwen" not in profiles.names()
