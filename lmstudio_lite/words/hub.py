"""Models that lie elsewhere: what was pasted, what the hub answers."""

from __future__ import annotations

from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import Details, Explanation, Wording, fixed
from lmstudio_lite.words.translate import mark, tr, trn

_LINK_OR_NAME = mark("Paste a link to a model, or its name as “owner/model” or “owner/model:Q4_K_M”.")
_REFERENCES = {
    "empty": (mark("Nothing was named."), _LINK_OR_NAME),
    "unclear": (mark("“{0}” names no model."), _LINK_OR_NAME),
    "no_https": (
        mark("“{0}” is not encrypted (http), so that the file could be changed on the way."),
        mark("Use an address that begins with https."),
    ),
    "secret": (
        mark("The address has a user's name or a password in it, which would be kept and shown."),
        mark("Remove what stands before the “@”."),
    ),
    "no_gguf": (
        mark("“{0}” is no GGUF file."),
        mark("Paste the link to a file that ends in .gguf, or the name of a model that has such files."),
    ),
    "no_repo": (
        mark("“{0}” is no model's page."),
        mark("Open the model's page and copy its address from there."),
    ),
    "bad_path": (mark("“{0}” points out of the model's files."), _LINK_OR_NAME),
    "other_shelf": (
        mark("“{0}” is a model's name in another program's own collection, not on the hub."),
        mark("Search for its name here; the same model is most likely there as GGUF."),
    ),
}
_ANSWERS = {
    "not_json": mark("The answer of {0} is no model hub's: it may be another site, or a page to sign in on."),
    "not_understood": mark("The answer of {0} is one that this program does not understand."),
    "no_ranges": mark("What {0} gives can't be looked into: it sends files whole or not at all."),
    "too_large": mark("The answer of {0} is far larger than a model hub's answers are."),
}


def _reference(details: Details) -> Explanation:
    what, remedy = _REFERENCES.get(str(details.get("reason", "")), _REFERENCES["unclear"])
    return Explanation(tr(what).format(safe_line(str(details.get("text", "")))), tr(remedy))


def _repository_not_found(details: Details) -> Explanation:
    what = tr("“{0}” is not on {1}.").format(_repo(details), _host(details))
    if details.get("is_signed_in"):
        return Explanation(what, tr("Check the name; it may have been renamed or removed."))
    return Explanation(
        what,
        tr("Check the name. If the model is private, enter an access token of yours."),
    )


def _gated(details: Details) -> Explanation:
    what = say_gated(_repo(details))
    hub = safe_line(str(details.get("address", ""))) or f"https://{_host(details)}"
    page = f"{hub}/{_repo(details)}"
    if details.get("is_signed_in"):
        return Explanation(
            what,
            tr(
                "Your access token is not enough: sign in on {0} with the same account, accept the terms "
                "(some makers take days to agree), and check that the token may read gated models."
            ).format(page),
        )
    return Explanation(
        what,
        tr(
            "Sign in on {0}, accept the terms, create an access token (kind “read”), and enter it in the "
            "models window under “Find”, or for a terminal in HF_TOKEN."
        ).format(page),
    )


def _variant_not_found(details: Details) -> Explanation:
    wanted, known = safe_line(str(details.get("wanted", ""))), safe_line(str(details.get("known", "")))
    if not known:
        return Explanation(
            tr("This model has no GGUF files, which are the ones that this program runs."),
            tr("Search for its name with “GGUF” behind it: others have most likely converted it."),
        )
    return Explanation(
        tr("There is no “{0}” of this model.").format(wanted), tr("There is: {0}.").format(known)
    )


def _answer(details: Details) -> Explanation:
    what = _ANSWERS.get(str(details.get("reason", "")), _ANSWERS["not_understood"])
    return Explanation(
        tr(what).format(_host(details)),
        tr("Open the address in a browser to see what is there; check the mirror in use, if any."),
    )


def _token(details: Details) -> Explanation:
    if details.get("reason") == "refused":
        return Explanation(
            tr("The access token is not known to {0}: it may have been withdrawn.").format(_host(details)),
            tr("Create a new one there (kind “read”), and enter it here."),
        )
    return Explanation(
        tr("This is no access token: a token is one word of letters and digits."),
        tr("Copy it again from the page where it was created."),
    )


def _repo(details: Details) -> str:
    return safe_line(str(details.get("repo", ""))) or tr("This model")


def _host(details: Details) -> str:
    return safe_line(str(details.get("host", ""))) or "huggingface.co"


WORDS: dict[str, Wording] = {
    "hub": fixed(mark("The model hub could not do this."), mark("Try again later.")),
    "model_reference": _reference,
    "repository_not_found": _repository_not_found,
    "gated_model": _gated,
    "variant_not_found": _variant_not_found,
    "hub_answer": _answer,
    "hub_token": _token,
}


def say_count(number: int) -> str:
    """Word how often something was done, no finer than matters: "812", "12k", "3.4M"."""
    if number >= 1e6:
        return tr("{0}M").format(f"{number / 1e6:.1f}")
    if number >= 1e4:
        return tr("{0}k").format(f"{number / 1e3:.0f}")
    return f"{number:,}"


def say_num_downloads(number: int) -> str:
    """``1 download``, ``12k downloads``."""
    if number < 1e4:
        return trn("{n} download", "{n} downloads", number)
    return tr("{0} downloads").format(say_count(number))


def say_gated(repo: str) -> str:
    """Say what a person has to do before a gated model can be fetched."""
    return tr("The makers of “{0}” give it only to those who have accepted their terms.").format(
        safe_line(repo)
    )
