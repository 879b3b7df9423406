"""A data folder made by an older version opens with everything there and usable.

``data_6b0a927.tar.xz`` was made with the code of commit 6b0a927, by the script inside it; only the engine was
scripted. It holds conversations with branches, a liked and an edited answer, summaries in several forms,
translations, a training run and settings.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.own_examples import OwnWork, own_source
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import outcome_from_result, recover_interrupted
from lmstudio_lite.app.summaries import Done, read_stored
from lmstudio_lite.app.summarize import SummarizeFile
from lmstudio_lite.app.translate import TranslationOutcome
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.summaries import SummaryForm, SummaryOptions
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.data import sources
from lmstudio_lite.finetune.protocol import EndReason, ExportKind
from lmstudio_lite.paths import Paths, portable_paths
from lmstudio_lite.ui.summarize.items import Stopped, SummaryItem, item_of
from tests.support.engines import AnsweringEngine

ARCHIVE = Path(__file__).parent / "data_6b0a927.tar.xz"


def answer(request: GenerationRequest) -> str:
    return " It goes on from here."


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return portable_paths(tmp_path / "data")


@pytest.fixture
def services(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr("lmstudio_lite.app.session._open_engine", lambda isolation: AnsweringEngine(answer))
    with Services.open(paths, exclusive=True) as services:
        yield services


def thread(services: Services, title: str) -> list[StoredMessage]:
    (found,) = [each for each in services.conversations.list() if each.title == title]
    return services.chat.thread(found.id)


def summary(services: Services, title: str) -> SummaryItem:
    (found,) = [each for each in services.results.list(ResultKind.SUMMARY) if each.title == title]
    return item_of(read_stored(services.results, found.id), 1)


def finished(services: Services, title: str) -> Done:
    state = summary(services, title).state
    assert isinstance(state, Done)
    return state


def translation(services: Services, title: str) -> TranslationOutcome:
    rows = services.results.list(ResultKind.TRANSLATION)
    (found,) = [each for each in rows if each.title.startswith(title)]
    return outcome_from_result(services.results.get(found.id))


def test_conversations_keep_their_branches_marks_and_states(services: Services) -> None:
    titles = [each.title for each in services.conversations.list()]
    assert sorted(titles) == ["A story", "It failed", "Killed", "Rivers", "The harbour"]
    rivers = thread(services, "Rivers")
    assert [message.text for message in rivers] == [
        "Name a long river.",
        "**The Nile** is long.",
        "Which is the longest?",
        "The Nile: 6,650 km from its source to the sea.",
        "And the shortest?",
        "The Roe River is one of the shortest.",
    ]
    assert rivers[1].is_liked
    assert rivers[1].reasoning == "The user wants a river."
    assert (rivers[2].sibling_index, rivers[2].num_siblings) == (1, 2)
    other_answer, own_wording = services.conversations.siblings(rivers[3].id)
    assert other_answer.text == "The Nile, with 6,650 km."
    assert own_wording.id == rivers[3].id
    branch = services.chat.select_sibling(services.conversations.siblings(rivers[2].id)[0].id)
    assert branch[-1].text == "The Amazon is long, too."
    assert thread(services, "It failed")[-1].state is MessageState.FAILED
    assert thread(services, "Killed")[-1].state is MessageState.INTERRUPTED


def test_a_stopped_reply_goes_on_and_an_attached_document_is_still_read(services: Services) -> None:
    stopped = thread(services, "A story")[-1]
    assert stopped.state is MessageState.STOPPED
    whole = services.chat.continue_reply(stopped.id, report=lambda _: None, cancellation=Cancellation())
    assert whole.state is MessageState.COMPLETE
    assert whole.text == stopped.text + " It goes on from here."
    asked, _ = thread(services, "The harbour")
    assert [each.title for each in asked.attachments] == ["harbour.md"]
    again = services.chat.reply(
        asked.conversation_id, asked.id, report=lambda _: None, cancellation=Cancellation()
    )
    assert again.num_siblings == 2


def test_what_replies_could_not_see_is_still_said(services: Services) -> None:
    _, harbour = thread(services, "The harbour")
    assert harbour.note == ReplyNote(num_passages=9, num_passages_in_all=24)
    rivers = thread(services, "Rivers")
    assert rivers[3].note == ReplyNote(is_edited=True)
    amazon = services.chat.select_sibling(services.conversations.siblings(rivers[2].id)[0].id)[-1]
    assert amazon.note == ReplyNote(num_dropped_turns=2)


@pytest.mark.parametrize(
    ("title", "form", "num_sentences"),
    [
        ("harbour.md", SummaryForm.BULLETS, 3),
        ("report.md", SummaryForm.PARAGRAPH, 4),
        ("outline.md", SummaryForm.OUTLINE, 2),
        ("timeline.md", SummaryForm.TIMELINE, 3),
    ],
)
def test_each_summary_has_its_evidence(
    services: Services, title: str, form: SummaryForm, num_sentences: int
) -> None:
    item, done = summary(services, title), finished(services, title)
    assert done.is_finished
    assert done.facts.options == SummaryOptions(form, 80)
    assert done.facts.is_whole
    assert item.document is not None
    assert item.document.mime_type == "text/markdown"
    sentences = done.support.evidence.sentences
    assert len(sentences) == num_sentences
    for sentence in sentences:
        assert done.text[sentence.start : sentence.end] == sentence.text
        for passage in sentence.passages:
            assert item.document.text[passage.start : passage.end] == passage.quote
    assert done.support.coverage_of(item.document).read == ((0, len(item.document.text)),)


def test_doubtful_claims_of_a_summary_are_still_marked(services: Services) -> None:
    (doubtful,) = [
        sentence
        for sentence in finished(services, "report.md").support.evidence.sentences
        if not sentence.is_supported
    ]
    assert [claim.text for claim in doubtful.unknown_claims] == ["Brunsbek", "300"]


def test_an_edited_summary_and_one_stopped_half_way(services: Services) -> None:
    edited = finished(services, "The harbour, pasted")
    assert edited.facts.is_edited
    assert edited.facts.options == SummaryOptions(SummaryForm.OWN, 60, "en", "the fire", "Say what burned.")
    stopped = finished(services, "stopped.md")
    assert not stopped.is_finished
    assert (stopped.facts.num_parts_read, stopped.facts.num_parts) == (2, 4)


def test_a_summary_whose_program_was_killed_can_be_made_whole(services: Services) -> None:
    item = summary(services, "killed.md")
    assert item.state == Stopped(is_unfinished=True)
    assert item.options == SummaryOptions(SummaryForm.QUESTIONS, 40)
    assert item.document is not None
    context = JobContext(Cancellation(), lambda event: None)
    done = SummarizeFile(services, item.document, item.options, stored_id=item.stored_id).run(context)
    assert done.result_id == item.stored_id
    assert finished(services, "killed.md").text == done.text


def test_translations_keep_what_is_done_and_what_is_doubted(services: Services) -> None:
    assert recover_interrupted(services) is None, "nothing of them was under way"
    whole = translation(services, "The harbour was built")
    assert not whole.is_partial
    assert whole.task.text.startswith("The harbour was built in 1850.")
    assert whole.text.startswith("Der Hafen wurde 1850 gebaut.")
    assert (whole.source, whole.task.target, whole.warnings) == ("en", "de", ())
    doubted = translation(services, "bad.txt")
    assert [(each.code, each.num_affected, each.num_total) for each in doubted.warnings] == [
        ("translation_wrong_language", 1, 5)
    ]
    half = translation(services, "half.txt")
    assert half.is_partial
    assert (half.num_done, half.num_total) == (2, 6)


def test_own_work_is_still_found_as_examples(services: Services) -> None:
    def examples(kind: OwnWork) -> list[object]:
        source = own_source(kind, kind.value, services)
        return list(sources.read_source(source, sources.ReadOptions(), services.reader))

    assert len(examples(OwnWork.CHATS)) == 2
    assert len(examples(OwnWork.ANSWERS)) == 2
    (summarized,) = examples(OwnWork.SUMMARIES)
    assert "Say what burned." in str(summarized)
    assert "Write in English." in str(summarized)
    (translated,) = examples(OwnWork.TRANSLATIONS)
    assert "from English to German" in str(translated)


def test_the_training_run_is_remembered(services: Services) -> None:
    (run,) = services.finetuning.history()
    assert run.phase is Phase.DONE
    assert run.settings.name == "My harbour"
    assert [step.step for step in run.steps] == [1, 2, 3]
    assert run.ended is not None
    assert (run.ended.reason, run.ended.best_step) == (EndReason.EARLY_STOP, 2)
    assert [export.kind for export in run.exports] == [ExportKind.ADAPTER]
    run.folder.check_data()


def test_settings_are_as_they_were_chosen(services: Services) -> None:
    settings = services.settings.value
    assert (settings.appearance.theme, settings.appearance.text_scale) == ("dark", 1.25)
    assert settings.chat.system_prompt == "Answer in one sentence."
    assert (settings.chat.max_tokens, settings.chat.temperature) == (300, 0.3)
    assert (settings.summarize.form, settings.summarize.words) == ("outline", 80)
    assert settings.summarize.open_work == ("/home/ana/waiting.pdf",)
    assert settings.translate.target == "de"
    assert settings.model.folders == ("/home/ana/models",)
    assert services.settings.problems == ()
