"""Which of several choices counts for a reply, and what is read of what anyone may have written."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl, Source, decide
from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.persona_values import control_from, control_values, persona_from, persona_values
from lmstudio_lite.domain.personas import NAME_LENGTH_MAX, KeptPersona, Persona, WantedModel
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.settings import ChatSettings
from tests.domain.test_profiles import CHOICES

WORDS = st.text("ab \n,\ud800é", max_size=20)
PERSONAS = st.builds(
    Persona,
    name=st.text("abc", min_size=1, max_size=20),
    system_prompt=WORDS,
    model=st.just(WantedModel("Qwen", "00ff")),
    adapter=st.sampled_from(("", "tone.gguf")),
    sampling=CHOICES,
    starters=st.lists(WORDS.filter(str.strip), max_size=3).map(tuple),
)
CONTROLS = st.builds(
    ConversationControl,
    persona=st.none() | st.builds(KeptPersona, st.sampled_from(("", "id-1")), PERSONAS),
    sampling=CHOICES,
    max_tokens=st.none() | st.integers(1, 9999),
    stop=st.lists(WORDS.filter(bool), max_size=3).map(tuple),
    json_schema=st.sampled_from(("", "{}")),
    is_schema_once=st.booleans(),
    summarizes=st.none() | st.booleans(),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=9,
)
FIELDS = st.sampled_from(
    ("name", "model", "sampling", "starters", "stop", "persona", "max_tokens", "adapter", "json_schema")
)


def test_the_nearer_choice_counts_each_value_by_itself() -> None:
    persona = Persona(
        "Poet", "You write poems.", sampling=SamplingChoice(temperature=1.1, top_p=0.8, min_p=0.01)
    )
    control = ConversationControl(KeptPersona("p", persona), SamplingChoice(temperature=0.3), stop=("END",))
    profile = ModelProfile(sampling=SamplingChoice(top_k=7, top_p=0.5), system_prompt="Be brief.")
    chat = ChatSettings(system_prompt="Be kind.", temperature=0.9, max_tokens=50)
    made = decide(control, profile, chat, Sampling(repeat_penalty=1.05))
    chosen = made.sampling
    assert (chosen.temperature, chosen.top_p, chosen.min_p, chosen.top_k) == (0.3, 0.8, 0.01, 7)
    assert chosen.repeat_penalty == 1.05
    assert made.sources["temperature"] is Source.CONVERSATION
    assert made.sources["top_p"] is Source.PERSONA
    assert made.sources["top_k"] is Source.MODEL
    assert made.sources["repeat_penalty"] is Source.MAKERS
    assert (made.system_prompt, made.system_prompt_source) == ("You write poems.", Source.PERSONA)
    assert (made.max_tokens, made.max_tokens_source, made.stop) == (50, Source.SETTINGS, ("END",))
    without = decide(NO_CONTROL, profile, chat, Sampling())
    assert (without.system_prompt, without.sampling.temperature) == ("Be brief.", 0.9)
    assert without.sources["temperature"] is Source.SETTINGS
    assert decide(NO_CONTROL, NO_PROFILE, ChatSettings(), Sampling()).sampling == Sampling()


def test_a_persona_without_instructions_takes_away_those_of_the_settings() -> None:
    control = ConversationControl(KeptPersona("p", Persona("Bare")))
    assert decide(control, NO_PROFILE, ChatSettings(system_prompt="Be kind."), Sampling()).system_prompt == ""
    run = replaced_prompt(control, "Only this.")
    assert decide(run, NO_PROFILE, ChatSettings(), Sampling()).system_prompt == "Only this."


def replaced_prompt(control: ConversationControl, text: str) -> ConversationControl:
    return ConversationControl(system_prompt=text).over(control)


@given(CONTROLS, CONTROLS, CONTROLS)
def test_controls_lie_over_each_other(
    first: ConversationControl, second: ConversationControl, third: ConversationControl
) -> None:
    assert first.over(NO_CONTROL).sampling == first.sampling == NO_CONTROL.over(first).sampling
    assert NO_CONTROL.over(first) == first
    assert first.over(second).over(third).sampling == first.over(second.over(third)).sampling
    assert first.over(second).stop == (first.stop or second.stop)


@given(CONTROLS)
def test_a_control_is_read_back_as_it_was(control: ConversationControl) -> None:
    text = json.dumps(control_values(control))
    assert control_from(json.loads(text)) == control


@given(PERSONAS)
def test_a_persona_is_read_back_as_it_was(persona: Persona) -> None:
    assert persona_from(json.loads(json.dumps(persona_values(persona)))) == persona


@given(ANYTHING | st.dictionaries(FIELDS, ANYTHING))
def test_anything_is_read_without_harm(values: object) -> None:
    persona = persona_from(values)
    assert persona is None or (persona.name and len(persona.name) <= NAME_LENGTH_MAX)
    assert isinstance(control_from(values), ConversationControl)
    assert isinstance(control_from({"persona": values}), ConversationControl)


def test_a_bad_value_costs_only_itself_and_a_long_one_is_cut() -> None:
    read = persona_from(
        {
            "name": " Poet\n" + "x" * 500,
            "system_prompt": 5,
            "sampling": {"temperature": "hot", "top_k": 9, "top_p": 7},
            "starters": ["Hello", 3, " ", *["more"] * 30],
            "adapter": "of no model.gguf",
        }
    )
    assert read is not None
    assert read.name.startswith("Poet xx")
    assert len(read.name) == NAME_LENGTH_MAX - 1
    assert read.sampling == SamplingChoice(top_k=9)
    assert (len(read.starters), read.starters[0], read.system_prompt, read.adapter) == (12, "Hello", "", "")
