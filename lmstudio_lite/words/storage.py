"""The data folder, the database and the settings."""

from __future__ import annotations

from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import (
    Details,
    Explanation,
    Wording,
    file_name,
    fixed,
    reason_in_brackets,
    say_kind,
)
from lmstudio_lite.words.translate import mark, tr, trn

_OPEN_TO_OTHERS = {
    "write": mark("Other users of this computer can change or replace what is kept in the data folder {0}."),
    "read": mark("Other users of this computer can read what is kept in the data folder {0}."),
}
"""By ``private_files.Access``; all else is about names."""


def _data_folder_open(details: Details) -> Explanation:
    path = details.get("path", "")
    what = _OPEN_TO_OTHERS.get(
        str(details.get("access")),
        mark(
            "Other users of this computer can see the names and sizes, but not the content, of the files in "
            "the data folder {0}."
        ),
    )
    return Explanation(
        tr(what).format(path).replace(" .", "."),
        tr(
            "Take their rights to that folder away (in a terminal: chmod 700, then the folder's "
            "name), or start the program with --data-dir and a folder that only you can open."
        ),
    )


def _data_folder_read_only(details: Details) -> Explanation:
    return Explanation(
        tr("The data folder {0} can't be written to.")
        .format(safe_line(str(details.get("path", ""))))
        .replace("  ", " "),
        tr("Allow writing to it, or start the program with --data-dir and a folder of yours."),
    )


def _not_a_file(details: Details) -> Explanation:
    return Explanation(
        tr("{0} is {1}: no file can take its place.").format(
            file_name(details), say_kind(str(details.get("kind", "")))
        ),
        tr("Move it away, or choose another name."),
    )


def _disk_full(details: Details) -> Explanation:
    path = safe_line(str(details.get("path", "")))
    return Explanation(
        tr("The disk is full; {0} could not be written.").format(path) if path else tr("The disk is full."),
        tr("Free some space. What was saved before is safe."),
    )


_GONE = {
    "conversation": mark("This conversation is not there any more: it was deleted."),
    "message": mark("This message is not there any more: it was deleted."),
    "result": mark("This result is not there any more: it was deleted."),
    "glossary": mark("This glossary is not there any more: it was deleted."),
    "persona": mark("This persona is not there any more: it was deleted."),
    "term": mark("This term is not there any more: it was deleted."),
    "folder": mark("This folder is not there any more: it was removed."),
}
_NO_SUCH = {
    "conversation": mark("No conversation has the id “{0}”."),
    "glossary": mark("No glossary is called “{0}”."),
    "persona": mark("No persona is called “{0}”."),
    "folder": mark("No folder is called “{0}”."),
}
_SHOWN = {
    "glossary": mark("`lmstudio-lite glossary list` shows them, each with its id."),
    "persona": mark("`lmstudio-lite personas list` shows them, each with its id."),
    "folder": mark("`lmstudio-lite history folders` lists them; write a path as in Work/Taxes."),
}


def _not_stored(details: Details) -> Explanation:
    if isinstance(num_alike := details.get("num_alike"), int):
        entry_id = details.get("id", "")
        if num_alike and details.get("kind") == "folder":
            words = trn("{n} folder is called “{0}”.", "{n} folders are called “{0}”.", num_alike)
            return Explanation(words.format(entry_id), tr(_SHOWN["folder"]))
        several = trn(
            "{n} entry begins with the id “{0}”.", "{n} entries begin with the id “{0}”.", num_alike
        )
        none = _NO_SUCH.get(str(details.get("kind", "")), mark("No entry has the id “{0}”."))
        shown = _SHOWN.get(
            str(details.get("kind", "")),
            mark("`lmstudio-lite history list` shows what is kept, each with its id."),
        )
        return Explanation((several if num_alike else tr(none)).format(entry_id), tr(shown))
    what = _GONE.get(str(details.get("kind", "")), mark("This entry is not there any more: it was deleted."))
    return Explanation(
        tr(what),
        tr("Choose another one in the list at the left."),
    )


def _database_damaged(details: Details) -> Explanation:
    return Explanation(
        tr("The database {0} is damaged{1}.").format(file_name(details), reason_in_brackets(details)),
        tr("Start the window: it keeps the file and goes on with what can be read of it."),
    )


def _database_too_new(details: Details) -> Explanation:
    found, known = details.get("found_version", "?"), details.get("known_version", "?")
    return Explanation(
        tr(
            "The data was written by a newer version of this program (format {0}, this one knows {1})."
        ).format(found, known),
        tr("Update the program, or start it with --data-dir and another folder."),
    )


def _settings(details: Details) -> Explanation:
    return Explanation(
        tr("The settings file {0} has a value that can't be used{1}.").format(
            file_name(details), reason_in_brackets(details)
        ),
        tr("Its default is used instead. Change it in the settings, or correct the file."),
    )


WORDS: dict[str, Wording] = {
    "storage": fixed(
        mark("The data folder can't be used."), mark("Start the program with --data-dir and another folder.")
    ),
    "data_folder_open": _data_folder_open,
    "data_folder_read_only": _data_folder_read_only,
    "not_a_file": _not_a_file,
    "disk_full": _disk_full,
    "not_stored": _not_stored,
    "database_damaged": _database_damaged,
    "database_too_new": _database_too_new,
    "already_running": fixed(
        mark("The program is already running with this data folder."),
        mark(
            "Use the window that is open. If there is none, end the program that has the folder and "
            "start again, or start with --data-dir and another folder."
        ),
    ),
    "settings": _settings,
    "cancelled": fixed(mark("Stopped."), mark("Start it again when you like.")),
}
