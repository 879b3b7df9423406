"""What goes wrong between this computer and another, and with a file that is fetched."""

from __future__ import annotations

from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import (
    Details,
    Explanation,
    Wording,
    amount,
    file_name,
    fixed,
    said_in_brackets,
    say_duration,
)
from lmstudio_lite.words.translate import mark, tr

_TRY_LATER = mark("Try again later; what was fetched so far is kept.")
_FAILED = {
    "refused": (
        mark("{0} does not take connections."),
        mark("Check the address and any mirror in use; try again later."),
    ),
    "unreachable": (
        mark("{0} can't be reached: there is no network, or no way to it."),
        mark("Check the network connection."),
    ),
    "timeout": (
        mark("{0} does not answer."),
        mark("Check the network connection, or try again later."),
    ),
    "broken": (mark("The connection to {0} broke."), _TRY_LATER),
    "protocol": (
        mark("{0} answers with something that is not HTTP."),
        mark("Check the address, and the proxy if one is in use."),
    ),
}
_STATUSES = {
    401: (
        mark("{0} gives this file only to those who are signed in."),
        mark("Enter an access token for it, then try again."),
    ),
    403: (
        mark("{0} does not give this file to you."),
        mark("Its makers may want their terms accepted on its page first; or the address is out of date."),
    ),
    404: (
        mark("{0} has no such file."),
        mark("It may have been renamed or removed: look the model up again."),
    ),
    407: (
        mark("The proxy wants a user's name and a password."),
        mark("Put them into the system's proxy settings, or into HTTPS_PROXY."),
    ),
    429: (mark("{0} gets too many requests from this network."), _TRY_LATER),
}
_FOLDER = {
    "read_only": (
        mark("The folder {0} can't be written to."),
        mark("Allow writing to it, or choose another folder for models."),
    ),
    "gone": (
        mark("The folder {0} is not there any more."),
        mark("If it is on a drive that was pulled out, plug it in and try again."),
    ),
    "broken": (
        mark("The drive of {0} fails."),
        mark("Plug it in again if it was pulled out; what was written before is checked on the next try."),
    ),
    "too_large": (
        mark("The drive of {0} can't hold a file as large as this (FAT32 ends at 4 GB)."),
        mark("Choose a folder on another drive."),
    ),
    "name_too_long": (
        mark("The name {0} is too long for this drive."),
        mark("Fetch it with a shorter name."),
    ),
    "exists": (
        mark("There is another file named {0} in that folder already."),
        mark("Move it away, or choose another folder. What was fetched is kept."),
    ),
    "bad_name": (
        mark("No file may have the name {0}."),
        mark("Fetch it with another name."),
    ),
}
_ANSWERS = {
    "length": mark("{0} sends a file of another length than it should have."),
    "changed": mark("The file on {0} changes again and again while it is fetched."),
    "no_ranges": mark("{0} can't go on where a connection broke, and its connections break."),
    "broken": mark("The connections to {0} break again and again."),
}


def _connection_failed(details: Details) -> Explanation:
    what, remedy = _FAILED.get(str(details.get("reason", "")), _FAILED["broken"])
    return Explanation(tr(what).format(_host(details)), tr(remedy))


def _name_unresolved(details: Details) -> Explanation:
    return Explanation(
        tr("The name {0} can't be resolved: there is no network, or it is misspelt.").format(_host(details)),
        tr("Check the network connection and the address."),
    )


def _tls(details: Details) -> Explanation:
    return Explanation(
        tr("The connection to {0} is not secure, and was not used{1}.").format(
            _host(details), said_in_brackets({"detail": details.get("reason", "")})
        ),
        tr(
            "A company's proxy or a virus scanner may be in between: its certificate must be one that "
            "this system trusts. Check the computer's clock as well."
        ),
    )


def _proxy(details: Details) -> Explanation:
    return Explanation(
        tr("The proxy does not let the connection to {0} through{1}.").format(
            _host(details), said_in_brackets({"detail": details.get("reason", "")})
        ),
        tr("Check the system's proxy settings, or HTTPS_PROXY and NO_PROXY."),
    )


def _redirect(details: Details) -> Explanation:
    if details.get("reason") == "insecure":
        what = tr("{0} sends this program on to an address without encryption, which was not followed.")
    else:
        what = tr("{0} sends this program from one address to the next without an end.")
    return Explanation(
        what.format(_host(details)), tr("Check the address, and any mirror in use; try again later.")
    )


def _answer_status(details: Details) -> Explanation:
    status = details.get("status")
    number = status if isinstance(status, int) else 0
    if number == 429 and isinstance(wait_s := details.get("retry_after_s"), int | float):
        return Explanation(
            tr(_STATUSES[429][0]).format(_host(details)),
            tr("It asks to wait for {0}; what was fetched so far is kept.").format(say_duration(wait_s)),
        )
    if number in _STATUSES:
        what, remedy = _STATUSES[number]
        return Explanation(tr(what).format(_host(details)), tr(remedy))
    if number >= 500:
        return Explanation(
            tr("{0} has a fault of its own (status {1}).").format(_host(details), number), tr(_TRY_LATER)
        )
    return Explanation(
        tr("{0} refuses (status {1}).").format(_host(details), number or tr("unknown")),
        tr("Check the address, and any mirror in use; try again later."),
    )


def _space(details: Details) -> Explanation:
    return Explanation(
        tr("{0} needs {1}; {2} are free on its drive.").format(
            file_name(details), amount(details, "needed_bytes"), amount(details, "free_bytes")
        ),
        tr("Free some space, or choose a folder on another drive. Nothing is fetched before."),
    )


def _folder(details: Details) -> Explanation:
    reason = str(details.get("reason", ""))
    what, remedy = _FOLDER.get(reason, _FOLDER["read_only"])
    whole = safe_line(str(details.get("path", "")))
    named = file_name(details) if reason in ("name_too_long", "bad_name", "exists") else f"“{whole}”"
    return Explanation(tr(what).format(named), tr(remedy))


def _answer(details: Details) -> Explanation:
    what = _ANSWERS.get(str(details.get("reason", "")), _ANSWERS["broken"])
    return Explanation(tr(what).format(_host(details)), tr("Try again later, or fetch it from a mirror."))


def _mismatch(details: Details) -> Explanation:
    return Explanation(
        tr("What {0} sends as {1} is not the file that was promised (its SHA-256 differs).").format(
            _host(details), file_name(details)
        ),
        tr("It was thrown away. Look the model up again, or fetch it from another mirror."),
    )


def _busy(details: Details) -> Explanation:
    return Explanation(
        tr("{0} is being fetched by another window or terminal.").format(file_name(details)),
        tr("Wait for it, or stop it there first."),
    )


def _host(details: Details) -> str:
    """Return the host's name in quotation marks, for sentences begin with it."""
    host = safe_line(str(details.get("host", "")))
    return f"“{host}”" if host else tr("The server")


WORDS: dict[str, Wording] = {
    "network": fixed(mark("The network can't be used."), mark("Check the network connection.")),
    "name_unresolved": _name_unresolved,
    "connection_failed": _connection_failed,
    "tls": _tls,
    "proxy_refused": _proxy,
    "redirect": _redirect,
    "answer_status": _answer_status,
    "fetch": fixed(mark("The file could not be fetched."), mark("Try again.")),
    "fetch_space": _space,
    "fetch_folder": _folder,
    "fetch_answer": _answer,
    "fetch_mismatch": _mismatch,
    "fetch_busy": _busy,
}
