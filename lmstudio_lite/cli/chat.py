"""``chat``: one answer, or a dialogue that remembers what was said. Both are kept as conversations."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from msgspec import to_builtins

from lmstudio_lite.app.chat import QuestionAsked, ask
from lmstudio_lite.app.history import Entry, EntryKind, find_entry
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.personas.choosing import (
    SchemaRefusedError,
    control_of_run,
    keep_persona,
    persona_for,
)
from lmstudio_lite.cli.sources import is_file_name
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    missing_files,
    note,
    note_reading,
    open_services,
    print_json,
    read_input,
    services_with_model,
    show_error,
    standard_input,
)
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.conversations import (
    MeaningsCompared,
    MessageState,
    NewAttachment,
    PartsRead,
    ReplyProgress,
    ReplyPrompt,
    ReplyText,
    StoredMessage,
    TurnsRead,
    attachment_of,
)
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.domain.reply_making import SchemaCheck
from lmstudio_lite.errors import AppError, NotStoredError
from lmstudio_lite.formats.inventory_json import Json, unread_to_json
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.replies import say_note
from lmstudio_lite.words.translate import tr


def run(options: argparse.Namespace) -> int:
    """Answer one question, or talk until the input ends; in a new conversation or one that is kept."""
    if options.text is not None and options.prompt is not None:
        complain(tr("there are two questions: write one, or the other with --prompt."))
        return EXIT_USAGE
    if options.text is not None and options.text != "-" and is_file_name(options.text):
        complain(
            tr(
                "“{0}” is a file's name, and chat takes a question.\nName the file with "
                "--file, and write the question beside it. To ask these very words, write --prompt "
                "before them."
            ).format(safe_line(options.text))
        )
        return EXIT_USAGE
    if missing_files(options.file, as_json=options.json):
        return EXIT_FAILED
    question = options.text if options.prompt is None else options.prompt
    if options.text == "-":
        question = standard_input(options.encoding).text.strip()
    if question is None and options.json:
        complain(tr("--json needs a question: chat --json TEXT, or - for standard input."))
        return EXIT_USAGE
    if question is not None and not question.strip():
        complain(tr("the question is empty."))
        return EXIT_USAGE
    # A window that has the conversation open would not see what is added to it.
    continued = _find_chat(options) if options.continues else None
    try:
        control, persona = control_of_run(options), persona_for(options)
    except SchemaRefusedError:
        return EXIT_USAGE
    with services_with_model(options, exclusive=continued is not None) as services:
        if not control.is_empty:
            services.chat.choices.override(control)
        if continued and persona is not None:
            keep_persona(services, continued.id, persona)
        with cancelled_by_ctrl_c() as cancellation:
            documents = [
                read_input(services, file, cancellation, encoding=options.encoding) for file in options.file
            ]
        for document, file in zip(documents, options.file, strict=True):
            note_reading(document, file if len(documents) > 1 else "")
        attached = tuple(map(attachment_of, documents))
        begun_with = ConversationControl(persona=persona)
        knowledge = _read_folder(services, options.folder) if options.folder is not None else None
        talk = _Talk(services, continued.id if continued else "", attached, begun_with, knowledge)
        talk.reads_all = options.read_all
        if question is not None:
            unread = [
                {"file": file, **part}
                for document, file in zip(documents, options.file, strict=True)
                for part in unread_to_json(unread_of(document.inventory))
            ]
            return _answer_once(talk, question, unread, as_json=options.json)
        if continued:
            note(tr("Going on with “{0}”.").format(safe_line(continued.title)))
        return _talk(talk)


def talk_as(services: Services, control: ConversationControl, opening: str) -> int:
    """Begin a conversation in which the model plays a part; goes on until the input ends."""
    talk = _Talk(services, "", (), control, None)
    talk.ask(opening, is_shown=True)
    return _talk(talk)


class _Talk:
    """One conversation: each question goes below its last message."""

    def __init__(
        self,
        services: Services,
        conversation_id: str,
        attached: tuple[NewAttachment, ...],
        control: ConversationControl,
        knowledge: str | None,
    ) -> None:
        """Go on with a conversation; "" begins one, with ``control``.

        ``attached`` come with the first question. ``knowledge`` is the id of the folder that is answered
        from, None for none.
        """
        self._control = control
        self.conversation_id = conversation_id
        self._services = services
        self._attached = attached
        self._knowledge = knowledge
        self.reads_all = False
        """Whether every part of the documents is read for each question."""

    def ask(self, question: str, *, is_shown: bool) -> StoredMessage:
        """Keep ``question``, answer it and print the reply as it comes."""
        parts = Progress()

        def report(progress: QuestionAsked | ReplyProgress) -> None:
            if isinstance(progress, QuestionAsked):
                self.conversation_id, self._attached = progress.message.conversation_id, ()
            elif isinstance(progress, PartsRead):
                parts.show(
                    tr("part {0} of {1} read").format(f"{progress.num_done:,}", f"{progress.num_total:,}")
                )
            elif isinstance(progress, MeaningsCompared):
                done, total = f"{progress.num_done:,}", f"{progress.num_total:,}"
                parts.show(tr("comparing meanings, {0} of {1} passages").format(done, total))
            elif isinstance(progress, ReplyPrompt):
                parts.end()
            elif isinstance(progress, TurnsRead) and progress.num_done == 0:
                note(tr("Older turns are summarized first."))
            elif is_shown and isinstance(progress, ReplyText):
                put(progress.added)

        thread = self._services.chat.thread(self.conversation_id) if self.conversation_id else []
        with cancelled_by_ctrl_c() as cancellation:
            reply = ask(
                self._services,
                question,
                conversation_id=self.conversation_id,
                parent_id=thread[-1].id if thread else None,
                attachments=self._attached,
                control=self._control,
                knowledge=self._knowledge,
                reads_all=self.reads_all,
                report=report,
                cancellation=cancellation,
            )
        if is_shown:
            sys.stdout.write("\n")
            sys.stdout.flush()
            if said := say_note(reply.note):
                note(said)
        return reply


def _answer_once(talk: _Talk, question: str, unread: list[Json], *, as_json: bool) -> int:
    reply = talk.ask(question, is_shown=not as_json)
    if as_json:
        print_json(
            {
                "text": reply.text,
                "state": reply.state.value,
                "tokens_per_s": reply.tokens_per_s,
                "conversation_id": reply.conversation_id,
                "note": to_builtins(reply.note),
                "unread": unread,
            }
        )
    if reply.state is MessageState.STOPPED:
        return EXIT_INTERRUPTED
    check = _schema_check(reply)
    return EXIT_OK if check is None or check.is_valid else EXIT_FAILED


def _schema_check(reply: StoredMessage) -> SchemaCheck | None:
    return reply.note.making.schema_check if reply.note.making is not None else None


def _talk(talk: _Talk) -> int:
    """Read questions until the input ends; Ctrl-C stops an answer, and ends the talk between answers."""
    exit_code = EXIT_OK
    is_terminal = sys.stdin.isatty()
    while True:
        if is_terminal:
            sys.stderr.write("\n" + tr("you> "))
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return exit_code
        if not line.strip():
            continue
        try:
            talk.ask(line.strip(), is_shown=True)
        except AppError as error:
            show_error(error, as_json=False)
            exit_code = EXIT_FAILED


def _read_folder(services: Services, path: Path) -> str:
    """Add a folder, bring it up to date and return its id."""
    from lmstudio_lite.cli.knowledge.folders import update

    folder = services.knowledge.add(path)
    update(services, folder.id)
    return folder.id


def _find_chat(options: argparse.Namespace) -> Entry:
    with open_services(options) as services:
        found = find_entry(services, options.continues)
    if found.kind is not EntryKind.CHAT:
        raise NotStoredError(kind="conversation", id=options.continues, num_alike=0)
    return found
