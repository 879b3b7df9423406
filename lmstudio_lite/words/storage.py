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

_OPEN_TO_OTHERS = {
    "write": "change or replace what is kept in",
    "read": "read what is kept in",
}
"""By ``private_files.Access``; all else is about names."""


def _data_folder_open(details: Details) -> Explanation:
    path = details.get("path", "")
    they_can = _OPEN_TO_OTHERS.get(
        str(details.get("access")), "see the names and sizes, but not the content, of the files in"
    )
    return Explanation(
        f"Other users of this computer can {they_can} the data folder {path}.".replace(" .", "."),
        "Take their rights to that folder away (in a terminal: chmod 700, then the folder's name), or start"
        " the program with --data-dir and a folder that only you can open.",
    )


def _data_folder_read_only(details: Details) -> Explanation:
    return Explanation(
        f"The data folder {safe_line(str(details.get('path', '')))} can't be written to.".replace("  ", " "),
        "Allow writing to it, or start the program with --data-dir and a folder of yours.",
    )


def _not_a_file(details: Details) -> Explanation:
    return Explanation(
        f"{file_name(details)} is {say_kind(str(details.get('kind', '')))}: no file can take its place.",
        "Move it away, or choose another name.",
    )


def _disk_full(details: Details) -> Explanation:
    path = safe_line(str(details.get("path", "")))
    return Explanation(
        f"The disk is full; {path} could not be written." if path else "The disk is full.",
        "Free some space. What was saved before is safe.",
    )


_STORED_KINDS = {"conversation": "conversation", "message": "message", "result": "result"}


def _not_stored(details: Details) -> Explanation:
    kind = _STORED_KINDS.get(str(details.get("kind", "")), "entry")
    if (num_alike := details.get("num_alike")) is not None:
        asked = f"the id “{details.get('id', '')}”"
        return Explanation(
            f"{num_alike} entries begin with {asked}." if num_alike else f"No {kind} has {asked}.",
            "`lmstudio-lite history list` shows what is kept, each with its id.",
        )
    return Explanation(
        f"This {kind} is not there any more: it was deleted.",
        "Choose another one in the list at the left.",
    )


def _database_damaged(details: Details) -> Explanation:
    return Explanation(
        f"The database {file_name(details)} is damaged{reason_in_brackets(details)}.",
        "Start the window: it keeps the file and goes on with what can be read of it.",
    )


def _database_too_new(details: Details) -> Explanation:
    found, known = details.get("found_version", "?"), details.get("known_version", "?")
    return Explanation(
        f"The data was written by a newer version of this program (format {found}, this one knows {known}).",
        "Update the program, or start it with --data-dir and another folder.",
    )


def _settings(details: Details) -> Explanation:
    return Explanation(
        f"The settings file {file_name(details)} has a value that can't be used"
        f"{reason_in_brackets(details)}.",
        "Its default is used instead. Change it in the settings, or correct the file.",
    )


WORDS: dict[str, Wording] = {
    "storage": fixed(
        "The data folder can't be used.", "Start the program with --data-dir and another folder."
    ),
    "data_folder_open": _data_folder_open,
    "data_folder_read_only": _data_folder_read_only,
    "not_a_file": _not_a_file,
    "disk_full": _disk_full,
    "not_stored": _not_stored,
    "database_damaged": _database_damaged,
    "database_too_new": _database_too_new,
    "already_running": fixed(
        "The program is already running with this data folder.",
        "Use the window that is open. If there is none, end the program that has the folder and start again, "
        "or start with --data-dir and another folder.",
    ),
    "settings": _settings,
    "cancelled": fixed("Stopped.", "Start it again when you like."),
}
