from __future__ import annotations

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.translations import TranslationOptions
from lmstudio_lite.tasks.translate.alternatives import alternatives
from tests.support.engines import AnsweringEngine

BY_SEED = {
    1: "Nimm Wasser mit.",
    2: "Bring Wasser mit!",
    3: "nimm Wasser mit!",
    4: "Bring water with you, please.",
    5: "Wasser mitbringen.",
}


def test_good_and_different_translations_are_offered() -> None:
    def answer(request: GenerationRequest) -> str:
        assert request.sampling.seed is not None
        return BY_SEED.get(request.sampling.seed, "Bring water.")

    engine = AnsweringEngine(answer)
    try:
        found = alternatives(
            "Bring\nwater.",
            TranslationOptions("en", "de"),
            3,
            engine=engine,
            cancellation=Cancellation(),
            known=["Bring Wasser mit."],
        )
    finally:
        engine.close()
    assert found == ["Nimm Wasser mit.", "Wasser mitbringen."]
    assert len(engine.groups) == 1
