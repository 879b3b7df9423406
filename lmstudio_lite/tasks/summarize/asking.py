"""How one summary asks its model: what every request of it has in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.summaries import SummaryOptions, SummaryProgress, SummaryStage
from lmstudio_lite.domain.translations import Translation, TranslationProgress
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.generate.attempts import (
    Part,
    PartMemory,
    PartResult,
    PartsProgress,
    generate_parts,
)
from lmstudio_lite.tasks.generate.capability import Capability
from lmstudio_lite.tasks.generate.time_left import GENERATED_TOKEN_WEIGHT, TimeLeft, WorkMeter
from lmstudio_lite.tasks.prompts import summary_prompts
from lmstudio_lite.tasks.summarize.form import Form
from lmstudio_lite.tasks.summarize.parts import LEAST_SUPPORTED, LEAST_SUPPORTED_OF_SMALL, summary_part
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.orders import Orders, find_orders
from lmstudio_lite.tasks.text.overlap import EchoCheck
from lmstudio_lite.tasks.translate.run import translate


@dataclass(frozen=True, slots=True)
class Setting:
    """What a summary is made with; ``language`` is the document's (ISO 639-1)."""

    engine: EngineClient
    model: LoadedModel
    options: SummaryOptions
    language: str
    report: Callable[[SummaryProgress], None]
    cancellation: Cancellation
    memory: PartMemory | None
    adapters: tuple[AdapterUse, ...] = ()
    rules: RuleSet = ALL_RULES


class Asker:
    """Makes the requests of one summary, has them written and tells how far they are."""

    def __init__(self, setting: Setting) -> None:
        self._setting, self.model = setting, setting.model
        self.rules, self.options, self.language = setting.rules, setting.options, setting.language
        self.capability = Capability.of(setting.model)
        self.prompts = summary_prompts(
            self.language, focus=self.options.focus, instruction=self.options.instruction
        )
        is_held_to_more = self.capability.is_small and Rule.SMALL_UNSUPPORTED in self.rules
        self._least_supported = LEAST_SUPPORTED_OF_SMALL if is_held_to_more else LEAST_SUPPORTED
        self.meter = WorkMeter()
        self.support = SupportingText("", self.language)
        self.document_echo = EchoCheck("")
        self.orders = Orders()

    def take(self, text: str) -> None:
        """Hold everything that is written from now on against the document's ``text``."""
        self.support = self.supporting(text)
        self.document_echo = EchoCheck(text)
        self.orders = find_orders(text) if Rule.ORDERS in self.rules else Orders()

    def supporting(self, text: str) -> SupportingText:
        """Return what sentences about ``text`` are held against."""
        return SupportingText(
            text,
            self.language,
            is_strict=self.capability.is_tiny and Rule.TINY_ONE_PLACE in self.rules,
            holds_numbers=Rule.NUMBERS in self.rules,
        )

    def part(
        self, text: str, form: Form, num_tokens: int, support: SupportingText, *, is_merge: bool = False
    ) -> Part:
        """Ask for the summary of a part."""
        return summary_part(
            text,
            form,
            num_tokens,
            self.prompts,
            language=self.language,
            support=support,
            orders=self.orders,
            is_merge=is_merge,
            rules=self.rules,
        )

    def final(self, text: str, form: Form, num_tokens: int, *, is_merge: bool) -> Part:
        """Ask for a part of the final text: another variant reads nothing anew, it is worded anew."""
        return summary_part(
            text,
            form,
            num_tokens,
            self.prompts,
            language=self.language,
            support=self.support,
            least_supported=self._least_supported,
            document_echo=self.document_echo if is_merge else None,
            orders=self.orders,
            is_merge=is_merge,
            variant=self.options.variant,
            rules=self.rules,
        )

    def generate(self, parts: Sequence[Part], show: Callable[[PartsProgress], None]) -> list[PartResult]:
        """Have the model write, what was written before from memory; ``show`` hears how far it is."""
        return generate_parts(
            self._setting.engine,
            parts,
            report=show,
            cancellation=self._setting.cancellation,
            meter=self.meter,
            memory=self._setting.memory,
            adapters=self._setting.adapters,
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text. Raises ``CancelledError`` where the user has cancelled."""
        self._setting.cancellation.raise_if_cancelled()
        return self._setting.engine.count_tokens(texts)

    def tell(
        self, stage: SummaryStage, num_done: int, num_total: int, time_left: TimeLeft | None, text: str
    ) -> None:
        """Report how far a stage is, and what is worth showing of it."""
        left = time_left or TimeLeft()
        self._setting.report(SummaryProgress(stage, num_done, num_total, left.seconds, text, left.delay))

    def translate(self, text: str, target: str) -> Translation:
        """Translate the finished summary."""

        def show(progress: TranslationProgress) -> None:
            self.tell(
                SummaryStage.MERGE,
                progress.num_done,
                progress.num_total,
                TimeLeft(progress.seconds_left, progress.delay),
                progress.text_so_far,
            )

        return translate(
            text,
            source=self.language,
            target=target,
            engine=self._setting.engine,
            report=show,
            cancellation=self._setting.cancellation,
            meter=self.meter,
        )

    @property
    def translation_weight(self) -> float:
        """Return roughly what translating the finished summary will cost."""
        if self.options.language in ("", self.language):
            return 0.0
        num_tokens = 2 * self.options.words
        return num_tokens + GENERATED_TOKEN_WEIGHT * num_tokens
