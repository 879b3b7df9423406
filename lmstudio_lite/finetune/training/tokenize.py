"""Examples to tokens, and which of them are learned: the answers, and nothing else.

Tokens and template are llama.cpp's (``engine.vocabulary``), so that the model sees in training what it will
see in use. Which tokens belong to an answer is told by rendering the conversation with and without it: the
tokens of the prompt up to the answer must begin the tokens of the whole. Templates for which that does not
hold (those that take thinking out of earlier turns) get each answer as an example of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.llama.tokenizer import Vocabulary


@dataclass(frozen=True, slots=True)
class Encoded:
    """Tokens of an example; ``is_learned`` marks those that carry loss: the model is to predict them."""

    token_ids: list[int]
    is_learned: list[bool]

    @property
    def num_learned(self) -> int:
        """How many tokens carry loss; the first has nothing before it to predict it from."""
        return sum(self.is_learned[1:])


class Encoder:
    """Encodes examples for one model."""

    def __init__(self, vocabulary: Vocabulary, max_length: int) -> None:
        self._vocabulary = vocabulary
        self._format = vocabulary.chat_format
        self._max_length = max_length

    def encode(self, example: TrainingExample) -> tuple[list[Encoded], bool]:
        """Return what the example comes to (nothing, where nothing of it can be learned), and whether it
        was cut.

        Raises:
            TemplateError: the model's template refuses the conversation.
        """
        if example.text:
            return self._encode_text(example.text), False
        messages, answers = example.messages, example.learned
        encoded = self.encode_conversation(messages, answers)
        while example.learns_last and encoded and len(encoded[0].token_ids) > self._max_length:
            # As a chat that is full does: what was said longest ago goes first, the instruction stays.
            shorter = _without_first_turn(messages)
            if len(shorter) == len(messages):
                break
            answers = [at - (len(messages) - len(shorter)) for at in answers]
            messages = shorter
            encoded = self.encode_conversation(messages, answers)
        is_cut = any(len(part.token_ids) > self._max_length for part in encoded)
        kept = [
            Encoded(part.token_ids[: self._max_length], part.is_learned[: self._max_length])
            for part in encoded
        ]
        return [part for part in kept if part.num_learned], is_cut

    def encode_conversation(
        self, messages: Sequence[Message], answers: list[int] | None = None
    ) -> list[Encoded]:
        """Return a conversation as one example if its template allows, else one for each learned answer.

        ``answers`` are the places of those, all of them if None.
        """
        if answers is None:
            answers = [at for at, message in enumerate(messages) if message.role is Role.ASSISTANT]
        if not answers:
            return []
        whole = self._encode_whole(messages[: answers[-1] + 1], answers)
        return [whole] if whole is not None else [self._encode_answer(messages[: at + 1]) for at in answers]

    def _encode_whole(self, messages: Sequence[Message], answers: list[int]) -> Encoded | None:
        if self._format.is_transcript and len(answers) > 1:
            return None  # A transcript: in use the model stops after its answer, so each gets its end.
        token_ids = self._vocabulary.tokenize_rendered(self._format.transcribe(messages))
        is_learned = [False] * len(token_ids)
        for at in answers:
            prompt = self._vocabulary.tokenize_prompt(messages[:at])
            start = len(prompt)
            if token_ids[:start] != prompt:
                return None
            end = next(
                (
                    i
                    for i in range(start, len(token_ids))
                    if self._vocabulary.is_end_of_generation(token_ids[i])
                ),
                None,
            )
            if end is None:
                return None
            as_last = self._vocabulary.tokenize_rendered(self._format.transcribe(messages[: at + 1]))
            if as_last[: end + 1] != token_ids[: end + 1]:
                return None
            is_learned[start : end + 1] = [True] * (end + 1 - start)
        last = len(token_ids) - is_learned[::-1].index(True)
        return Encoded(token_ids[:last], is_learned[:last])

    def _encode_answer(self, messages: Sequence[Message]) -> Encoded:
        """Encode the last of ``messages`` as the answer to the others, ended as the model ends it."""
        prompt_text = self._format.render(messages[:-1])
        prompt = self._vocabulary.tokenize_rendered(prompt_text)
        whole_text = self._format.transcribe(messages)
        whole = self._vocabulary.tokenize_rendered(whole_text)
        if whole[: len(prompt)] == prompt:
            answer = whole[len(prompt) :]
        else:
            if whole_text.text.startswith(prompt_text.text):
                answer_text = whole_text.since(len(prompt_text.text))
            else:
                answer_text = self._format.as_reply(messages[-1].text)
            answer = self._vocabulary.tokenize_rendered(answer_text, begins=False)
        for at, token_id in enumerate(answer):
            if self._vocabulary.is_end_of_generation(token_id):
                answer = answer[: at + 1]
                break
        else:
            end = self._vocabulary.end_of_text
            answer = [*answer, end] if end >= 0 else answer
        return Encoded(prompt + answer, [False] * len(prompt) + [True] * len(answer))

    def _encode_text(self, text: str) -> list[Encoded]:
        """Encode a text to be learned whole, in windows; a last piece too short to learn from is left out."""
        token_ids = self._vocabulary.tokenize_words(text)
        end = self._vocabulary.end_of_text
        if end >= 0 and token_ids and token_ids[-1] != end:
            token_ids.append(end)
        return [
            Encoded(
                token_ids[start : start + self._max_length],
                [True] * len(token_ids[start : start + self._max_length]),
            )
            for start in range(0, max(1, len(token_ids)), self._max_length)
            if len(token_ids) - start > 1
        ]


def _without_first_turn(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Leave out the first question with its answer, but never the last one."""
    asked = [at for at, message in enumerate(messages) if message.role is Role.USER]
    if len(asked) < 2:
        return tuple(messages)
    return (*messages[: asked[0]], *messages[asked[1] :])


def encode_all(encoder: Encoder, examples: Iterator[TrainingExample]) -> Iterator[tuple[list[Encoded], bool]]:
    """Encode examples one after the other."""
    for example in examples:
        yield encoder.encode(example)
