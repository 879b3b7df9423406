"""What is said of a reply: how it ended, if not well, and what the model could not see."""

from __future__ import annotations

from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.domain.reply_making import ReplyMaking
from lmstudio_lite.errors import AppError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import explain
from lmstudio_lite.words.control import say_schema_check
from lmstudio_lite.words.translate import tr, trn


def say_reply(message: StoredMessage, error: AppError | None = None) -> str:
    """Say how ``message`` ended, "" if there is nothing to say; ``error`` goes before its own."""
    if message.is_damaged:
        return tr("This message is damaged; what could be read of it is shown.")
    noted = say_note(message.note)
    match message.state:
        case MessageState.STOPPED:
            return " ".join(filter(None, (tr("Stopped."), noted)))
        case MessageState.LENGTH:
            return " ".join(filter(None, (tr("The reply reached its length limit."), noted)))
        case MessageState.INTERRUPTED:
            return tr("The program ended before this reply was finished.")
        case MessageState.FAILED:
            explanation = explain(error or message.note.error)
            return f"{explanation.what} {explanation.remedy}"
        case MessageState.COMPLETE | MessageState.STREAMING:
            return noted


def say_note(note: ReplyNote) -> str:
    """Say who worded a reply and what the model could not see of the conversation."""
    said = []
    if note.is_edited:
        said.append(tr("Edited by you."))
    if note.num_dropped_turns:
        said.append(
            trn(
                "The oldest turn no longer fits into the context and was left out.",
                "The {n} oldest turns no longer fit into the context and were left out.",
                note.num_dropped_turns,
            )
        )
    if note.num_parts_read:
        said.append(
            trn(
                "The one part of the documents was read for this question.",
                "All {n} parts of the documents were read for this question.",
                note.num_parts_read,
            )
        )
    if note.num_notes_left_out:
        said.append(
            trn(
                "{n} note on what they say had no room.",
                "{n} notes on what they say had no room.",
                note.num_notes_left_out,
            )
        )
    if note.making is not None:
        said += _say_making(note.making)
    if note.num_passages_in_all:
        said.append(
            tr("Based on {0} of {1} passages: the documents do not fit into the context whole.").format(
                f"{note.num_passages:,}", f"{note.num_passages_in_all:,}"
            )
        )
    if note.num_rows_computed:
        said.append(
            trn(
                "This reply uses a figure that the program computed from {n} row.",
                "This reply uses figures that the program computed from all {n} rows.",
                note.num_rows_computed,
            )
        )
    if note.obeys_document:
        said.append(
            tr("This reply has words that an attached document orders its reader to write. Check it.")
        )
    return " ".join(said)


def _say_making(making: ReplyMaking) -> list[str]:
    """Say of how a reply was made what its reader must know."""
    said = []
    if making.num_summarized_turns:
        said.append(
            trn(
                "A summary stood for the oldest turn.",
                "A summary stood for the {n} oldest turns.",
                making.num_summarized_turns,
            )
        )
    if making.missing_model:
        said.append(
            tr("“{0}” was made for the model {1}; {2} answered.").format(
                safe_line(making.persona), safe_line(making.missing_model), safe_line(making.model)
            )
        )
    if making.schema_check is not None:
        said.append(say_schema_check(making.schema_check))
    return said
