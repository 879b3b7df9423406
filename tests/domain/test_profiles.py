"""How a profile lies over another, and what of it needs the model loaded again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice

CHOICES = st.builds(
    SamplingChoice,
    temperature=st.none() | st.floats(0, 2),
    top_k=st.none() | st.integers(0, 100),
    top_p=st.none() | st.floats(0, 1),
    min_p=st.none() | st.floats(0, 1),
    repeat_penalty=st.none() | st.floats(0.5, 2),
)
PROFILES = st.builds(
    ModelProfile,
    context_size=st.none() | st.integers(1, 1 << 20),
    kv_type=st.none() | st.sampled_from(KvType),
    num_threads=st.none() | st.integers(1, 64),
    num_gpu_layers=st.none() | st.integers(0, 100),
    flash_attention=st.none() | st.booleans(),
    micro_batch_size=st.none() | st.integers(1, 4096),
    template=st.sampled_from(("", "{{ messages }}")),
    sampling=CHOICES,
    system_prompt=st.none() | st.sampled_from(("", "Be brief.")),
)


@given(PROFILES, PROFILES, PROFILES)
def test_profiles_lie_over_each_other_in_any_grouping(
    first: ModelProfile, second: ModelProfile, third: ModelProfile
) -> None:
    assert first.over(NO_PROFILE) == first == NO_PROFILE.over(first)
    assert first.over(first) == first
    assert first.over(second).over(third) == first.over(second.over(third))


def test_what_is_decided_holds_even_where_it_is_nothing() -> None:
    below = ModelProfile(num_gpu_layers=20, flash_attention=True, system_prompt="Be brief.")
    above = ModelProfile(num_gpu_layers=0, flash_attention=False, system_prompt="")
    assert above.over(below) == above


def test_only_what_a_load_depends_on_loads_again() -> None:
    before = ModelProfile(context_size=4096)
    assert before.loads_like(replace(before, system_prompt="Be brief.", sampling=SamplingChoice(top_k=5)))
    assert not before.loads_like(replace(before, context_size=8192))
    assert not before.loads_like(replace(before, template="{{ messages }}"))


def test_what_is_not_chosen_stays_the_makers() -> None:
    makers = Sampling(temperature=0.3, top_k=7)
    assert SamplingChoice(top_k=0).applied_to(makers) == replace(makers, top_k=0)
