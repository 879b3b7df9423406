"""``chat``: one answer, or a dialogue that remembers what was said. Both are kept as conversations."""

from __future__ import annotations

import argparse
import sys

from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.sources import is_file_name
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    cancelled_by_ctrl_c,
    missing_files,
    note,
    print_json,
    read_input,
    services_with_model,
    show_error,
    standard_input,
)
from lmstudio_lite.domain.conversations import (
    MessageState,
    NewAttachment,
    ReplyProgress,
    ReplyText,
    StoredMessage,
    attachment_of,
)
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import AppError
from lmstudio_lite.safe_text import safe_line

PROMPT = "\nyou> "
Attached = tuple[NewAttachment, ...]


def run(options: argparse.Namespace) -> int:
    """Answer one question, or talk until the input ends."""
    if options.text is not None and options.prompt is not None:
        note("lmstudio-lite: there are two questions: write one, or the other with --prompt.")
        return EXIT_USAGE
    if options.text is not None and options.text != "-" and is_file_name(options.text):
        note(
            f"lmstudio-lite: “{safe_line(options.text)}” is a file's name, and chat takes a question.\n"
            "Name the file with --file, and write the question beside it. To ask these very words, "
            "write --prompt before them."
        )
        return EXIT_USAGE
    if missing_files(options.file, as_json=options.json):
        return EXIT_FAILED
    question = options.text if options.prompt is None else options.prompt
    if options.text == "-":
        question = standard_input().text.strip()
    if question is None and options.json:
        note("lmstudio-lite: --json needs a question: chat --json TEXT, or - for standard input.")
        return EXIT_USAGE
    if question is not None and not question.strip():
        note("lmstudio-lite: the question is empty.")
        return EXIT_USAGE
    with services_with_model(options) as services:
        if options.system is not None:
            services.settings.override("chat", system_prompt=options.system)
        if options.max_tokens is not None:
            services.settings.override("chat", max_tokens=options.max_tokens)
        with cancelled_by_ctrl_c() as cancellation:
            documents = [read_input(services, file, cancellation) for file in options.file]
        conversation_id = services.conversations.create().id
        attached = tuple(map(attachment_of, documents))
        if question is not None:
            return _answer_once(services, conversation_id, question, attached, as_json=options.json)
        return _talk(services, conversation_id, attached)


def _answer_once(
    services: Services, conversation_id: str, question: str, attached: Attached, *, as_json: bool
) -> int:
    reply = _answer(services, conversation_id, None, question, attached, is_shown=not as_json)
    if as_json:
        print_json(
            {
                "text": reply.text,
                "state": reply.state.value,
                "tokens_per_s": reply.tokens_per_s,
                "conversation_id": conversation_id,
            }
        )
    return EXIT_INTERRUPTED if reply.state is MessageState.STOPPED else EXIT_OK


def _talk(services: Services, conversation_id: str, attached: Attached) -> int:
    """Read questions until the input ends; Ctrl-C stops an answer, and ends the talk between answers."""
    parent_id: str | None = None
    exit_code = EXIT_OK
    is_terminal = sys.stdin.isatty()
    while True:
        if is_terminal:
            sys.stderr.write(PROMPT)
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return exit_code
        if not line.strip():
            continue
        try:
            asked = line.strip()
            parent_id = _answer(services, conversation_id, parent_id, asked, attached, is_shown=True).id
            attached = ()
        except AppError as error:
            show_error(error, as_json=False)
            exit_code = EXIT_FAILED


def _answer(
    services: Services,
    conversation_id: str,
    parent_id: str | None,
    question: str,
    attached: Attached,
    *,
    is_shown: bool,
) -> StoredMessage:
    """Say ``question``, with the documents that come with it, and print the reply as it comes."""
    message = services.conversations.add_message(
        conversation_id, parent_id, Role.USER, question, attachments=attached
    )

    num_shown = 0

    def report(progress: ReplyProgress) -> None:
        nonlocal num_shown
        if is_shown and isinstance(progress, ReplyText):
            put(progress.text[num_shown:])
            num_shown = len(progress.text)

    with cancelled_by_ctrl_c() as cancellation:
        reply = services.chat.reply(conversation_id, message.id, report=report, cancellation=cancellation)
    if is_shown:
        sys.stdout.write("\n")
    return reply
