"""How the model in use is asked: for a passage, and for words of one that is translated.

All questions of one kind begin alike, so that the beginning is evaluated once. A model of a known family is
asked as its makers say; one without a chat template goes on with a list of examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lmstudio_lite.domain.generation import ChatPrompt, Message, Role, Sampling
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.translations import Register, TranslationOptions
from lmstudio_lite.tasks.prompts import (
    register_example,
    transcript,
    translation_messages,
    wishes_of,
    words_examples,
    words_messages,
)
from lmstudio_lite.tasks.translate.families import Family, PromptForm, family_of

Example = tuple[str, str]
_GREEDY = Sampling(temperature=0.0)
_ANOTHER_WAY = Sampling(temperature=0.8, top_p=0.9, repeat_penalty=1.05, seed=2)


@dataclass(frozen=True, slots=True)
class Asking:
    """The questions for one model, pair of languages and wishes. ``stop`` ends its answers."""

    options: TranslationOptions
    family: Family | None = None
    is_base: bool = False
    stop: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        is_text = self.is_base or (self.family is not None and self.family.form is PromptForm.TEXT)
        object.__setattr__(self, "stop", ("\n",) if is_text else ())

    @classmethod
    def of(cls, model: LoadedModel | None, options: TranslationOptions) -> Asking:
        """Return how ``model`` is asked; None is one that is not loaded yet."""
        family = family_of(model)
        own = family if family is not None and family.ask else None
        return cls(options, own, is_base=own is None and model is not None and not model.has_chat_template)

    @property
    def sampling(self) -> Sampling:
        """How first answers are sampled."""
        return self.family.sampling_as_published if self.family else _GREEDY

    @property
    def second_sampling(self) -> Sampling:
        """How answers are sampled that are asked for again."""
        return _ANOTHER_WAY

    def first(self, passage: str, alike: Example | None = None) -> ChatPrompt | str:
        """Ask for a translation; ``alike`` is a passage that is like this one, and its translation."""
        source, target = self.options.source, self.options.target
        if self.family:
            return self._of_family(self.family, (), passage, (source, target))
        further = [example for example in (self._register_example, alike) if example]
        if self.is_base:
            return transcript(passage, source=source, target=target, further_examples=further)
        return ChatPrompt(
            translation_messages(
                passage, source=source, target=target, further_examples=further, wishes=self._wishes
            )
        )

    def with_terms(self, passage: str, terms: Sequence[Example]) -> ChatPrompt | str:
        """Ask for a translation with these terms and their translations, which ``passage`` has already."""
        if self.family or self.is_base:
            return self.first(passage)
        source, target = self.options.source, self.options.target
        return ChatPrompt(
            translation_messages(passage, source=source, target=target, terms=terms, wishes=self._wishes)
        )

    def words(self, words: str, passage: str, translation: str, *, is_backward: bool) -> ChatPrompt | str:
        """Ask for the translation of words of a passage that is translated.

        ``is_backward``: the passage is a translation, and its words are asked for in the source's language.
        """
        source, target = self.options.source, self.options.target
        if is_backward:
            source, target = target, source
        done = (passage, translation)
        if self.family:
            return self._of_family(self.family, (done,), words, (source, target))
        examples = (*words_examples(source, target), done)
        if self.is_base:
            return transcript(words, source=source, target=target, examples=examples)
        return ChatPrompt(words_messages(words, source=source, target=target, examples=examples))

    def _of_family(
        self, family: Family, examples: Sequence[Example], text: str, languages: tuple[str, str]
    ) -> ChatPrompt | str:
        messages: list[Message] = []
        for question, answer in examples:
            messages.append(Message(Role.USER, family.question(question, *languages)))
            messages.append(Message(Role.ASSISTANT, answer))
        asked = family.question(text, *languages, self._wishes)
        if family.form is PromptForm.CHAT:
            return ChatPrompt((*messages, Message(Role.USER, asked)))
        return "".join(f"{message.text}\n" for message in messages) + asked

    @property
    def _wishes(self) -> str:
        return wishes_of(self.options)

    @property
    def _register_example(self) -> Example | None:
        if self.options.register is Register.ANY:
            return None
        return register_example(self.options.register, self.options.source, self.options.target)
