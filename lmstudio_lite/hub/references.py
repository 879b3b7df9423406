"""What a person pastes to name a model, understood without asking anybody: links, names, commands.

    user/repo, user/repo:Q4_K_M, user/repo/file.gguf, user/repo@revision
    hf.co/user/repo, https://huggingface.co/user/repo/{tree,blob,resolve,raw}/revision/path, hf://user/repo
    the same on a mirror; any https address of a GGUF file
    ollama run hf.co/user/repo:Q4_K_M, llama-server -hf user/repo, hf download user/repo file.gguf, lms get …

The forms of addresses are those of the hub's own pages (https://huggingface.co/docs/hub/local-apps). Pure.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from lmstudio_lite.domain.hub import HubReference
from lmstudio_lite.errors import ModelReferenceError

HUB_HOSTS = frozenset(("huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co"))
_MIRROR_HOSTS = frozenset(("hf-mirror.com", "www.hf-mirror.com"))
_OTHER_SHELVES = frozenset(("ollama.com", "www.ollama.com", "registry.ollama.ai"))
_MAX_LENGTH = 4096
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?")
"""An owner's or a repository's name: at most 96 letters, digits, "-", "_" and "."."""
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST_AND_PATH = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d+)?/\S", re.ASCII)
_FILE_VIEWS = frozenset(("blob", "resolve", "raw"))
_NO_MODELS = frozenset(
    ("datasets", "spaces", "collections", "papers", "blog", "docs", "buckets", "organizations")
)
_WRAPPING = " \t\r\n\"'`<>()[]{}“”‘’„«»,;"
_NEWEST_TAG = "latest"
_VALUED_OPTIONS = frozenset(("-hf", "-hfr", "--hf-repo", "-hff", "--hf-file", "--include", "--revision"))
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("ollama", "run"),
    ("ollama", "pull"),
    ("docker", "model", "run"),
    ("docker", "model", "pull"),
    ("hf", "download"),
    ("huggingface-cli", "download"),
    ("lms", "get"),
    ("llama-cli",),
    ("llama-server",),
    ("llama", "serve"),
)
"""How commands of other tools begin that name a model of the hub, as its pages offer them for copying."""


def parse_reference(text: str, mirrors: frozenset[str] = frozenset()) -> HubReference:
    """Return what ``text`` names. ``mirrors`` are more hosts whose pages are laid out as the hub's.

    Raises:
        ModelReferenceError: it names no model; ``reason`` is one of

            empty        there is nothing, or too much
            unclear      it has none of the forms above
            no_https     an address that is not encrypted, and not of this machine
            secret       a password stands in the address
            no_gguf      an address of something else than a GGUF file
            no_repo      a page of the hub that is no model's: a person, a data set
            bad_path     the path leads out of the repository
            other_shelf  a command that names a model of another program's own shop
    """
    text = _unwrapped(text)
    if not text or len(text) > _MAX_LENGTH:
        raise _error("empty", text)
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        text = " ".join(text.split())
    command = _named_in_command(text)
    if command is not None:
        return _with_path(_one(command[0], mirrors, is_command=True), command[1])
    return _one(text, mirrors)


def looks_like_reference(text: str) -> bool:
    """Tell whether ``text`` is meant as a reference rather than as words to search for."""
    plain = _unwrapped(text)
    if _SCHEME.match(plain) or _named_in_command(plain) is not None:
        return True
    if any(letter.isspace() for letter in plain):
        return False
    owner, slash, rest = plain.partition("/")
    return bool(slash) and bool(owner) and bool(rest)


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is this machine, where nobody listens on the way."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_endpoint(text: str) -> str:
    """Return the hub's or a mirror's address as "scheme://host[:port][/path]", without a slash at its end.

    Raises:
        ModelReferenceError: it is no address ("unclear"), not encrypted ("no_https") or has a password in it
            ("secret").
    """
    text = text.strip()
    parts = _split(text if _SCHEME.match(text) else f"https://{text}")
    if parts.query or parts.fragment or any(letter.isspace() for letter in text):
        raise _error("unclear", text)
    return f"{_origin(parts)}{parts.path.rstrip('/')}"


def _unwrapped(text: str) -> str:
    """Return ``text`` without the white space, quotes and full stops that a sentence puts around a link."""
    return text.strip().lstrip(_WRAPPING).rstrip(_WRAPPING + ".")


def _one(text: str, mirrors: frozenset[str], *, is_command: bool = False) -> HubReference:
    """Understand one word: an address or a name."""
    text = _unwrapped(text)
    scheme = _SCHEME.match(text)
    if scheme and scheme[0].lower() == "hf://":
        return _named(text[len(scheme[0]) :])
    if scheme:
        return _address(text, mirrors)
    host = text.partition("/")[0].partition(":")[0].lower()
    is_hub = host in HUB_HOSTS | _MIRROR_HOSTS | mirrors
    is_file = _HOST_AND_PATH.match(text) is not None and ".gguf" in text.lower()
    if is_hub or is_file:
        return _address(f"https://{text}", mirrors)
    if is_command and "/" not in text:
        raise _error("other_shelf", text)
    return _named(text)


def _named(text: str) -> HubReference:
    """Understand "owner/repo[@revision][/path][:quantization]"."""
    body, _, tag = text.partition(":")
    parts = [part for part in body.split("/") if part]
    if len(parts) < 2 or body.startswith("/"):
        raise _error("unclear", text)
    name, _, revision = parts[1].partition("@")
    return _reference(text, parts[0], name, revision, "/".join(parts[2:]), tag)


def _address(text: str, mirrors: frozenset[str]) -> HubReference:
    parts = _split(text)
    host = (parts.hostname or "").lower()
    if host in HUB_HOSTS:
        return _hub_page(parts, "", text)
    if host in _MIRROR_HOSTS or host in mirrors or parts.netloc.lower() in mirrors:
        return _hub_page(parts, _origin(parts), text)
    return _plain_file(parts, text)


def _hub_page(parts: SplitResult, endpoint: str, text: str) -> HubReference:
    segments = [segment for segment in parts.path.split("/") if segment]
    if segments[:1] == ["models"]:
        del segments[0]
    if len(segments) < 2 or segments[0] in _NO_MODELS:
        raise _error("no_repo", text)
    owner, (name, _, tag) = segments[0], segments[1].partition(":")
    view = segments[2] if len(segments) > 2 else ""
    revision, path = "", ""
    if view in _FILE_VIEWS or view == "tree":
        revision = unquote(segments[3]) if len(segments) > 3 else ""
        path = "/".join(unquote(segment) for segment in segments[4:]) if view in _FILE_VIEWS else ""
    path = path or parse_qs(parts.query).get("show_file_info", [""])[0]
    path, _, tag_behind = path.partition(":") if ".gguf:" in path else (path, "", "")
    return _reference(text, owner, name, revision, path, tag or tag_behind, endpoint)


def _plain_file(parts: SplitResult, text: str) -> HubReference:
    """Understand an address of a site that is not known: of a file, as it stands."""
    if (parts.hostname or "").lower() in _OTHER_SHELVES:
        raise _error("other_shelf", parts.path.rstrip("/").rpartition("/")[2])
    path, query = parts.path, parts.query
    is_file = path.lower().endswith(".gguf") or any(
        value.lower().endswith(".gguf") for values in parse_qs(query).values() for value in values
    )
    if not is_file:
        raise _error("no_gguf", text)
    views = path.split("/")
    if len(views) > 5 and views[3] == "blob":  # the page about a file of another site laid out as the hub
        views[3] = "resolve"
        path = "/".join(views)
    return HubReference(url=f"{_origin(parts)}{path}" + (f"?{query}" if query else ""))


def _reference(
    text: str, owner: str, name: str, revision: str, path: str, tag: str, endpoint: str = ""
) -> HubReference:
    owner, name = unquote(owner), unquote(name)
    if not _NAME.fullmatch(owner) or not _NAME.fullmatch(name):
        raise _error("unclear", text)
    if tag and not _TAG.fullmatch(tag):
        raise _error("unclear", text)
    if len(revision) > 200 or any(ord(letter) <= 32 for letter in revision) or ".." in revision:
        raise _error("unclear", text)
    if path:
        if not _is_inside(path):
            raise _error("bad_path", text)
        if not path.lower().endswith(".gguf"):
            raise _error("no_gguf", text)
    if tag.lower().endswith(".gguf"):
        path, tag = tag, ""
    return HubReference(
        repo=f"{owner}/{name}",
        revision="" if revision == "main" else revision,
        path=path,
        quantization="" if tag.lower() == _NEWEST_TAG else tag,
        endpoint=endpoint,
    )


def _with_path(reference: HubReference, path: str) -> HubReference:
    """Return ``reference`` with the file that a command named besides."""
    if not path or not reference.repo:
        return reference
    owner, _, name = reference.repo.partition("/")
    return _reference(path, owner, name, reference.revision, path, reference.quantization, reference.endpoint)


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and "\\" not in path and not {"..", "."} & set(path.split("/"))


def _named_in_command(text: str) -> tuple[str, str] | None:
    """Return the model and the file that a command of another tool names, None if it is no such command."""
    if " " not in text:
        return None
    try:
        words = shlex.split(text.removeprefix("$ ").removeprefix("!"))
    except ValueError:
        words = text.split()
    begun = next((command for command in _COMMANDS if tuple(words[: len(command)]) == command), None)
    if begun is None:
        return None
    rest = words[len(begun) :]
    named: list[str] = []
    position = 0
    while position < len(rest):
        word = rest[position]
        if word in _VALUED_OPTIONS and position + 1 < len(rest):
            if word != "--revision":
                named.append(rest[position + 1])
            position += 2
            continue
        option, equals, value = word.partition("=")
        if option in _VALUED_OPTIONS and equals:
            named.append(value)
        elif not word.startswith("-"):
            named.append(word)
        position += 1
    if not named:
        return None
    file = next((name for name in named[1:] if name.lower().endswith(".gguf") and "*" not in name), "")
    return named[0], file


def _split(text: str) -> SplitResult:
    """Split an address.

    Raises:
        ModelReferenceError: "unclear", "secret" or "no_https".
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _error("unclear", text) from None
    if parts.username is not None or parts.password is not None:
        raise _error("secret", "")
    host = parts.hostname or ""
    if not host or port == 0 or any(letter.isspace() for letter in parts.netloc):
        raise _error("unclear", text)
    scheme = parts.scheme.lower()
    if scheme == "http" and not is_loopback(host):
        raise _error("no_https", text)
    if scheme not in ("http", "https"):
        raise _error("unclear", text)
    return parts


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"


def _error(reason: str, text: str) -> ModelReferenceError:
    return ModelReferenceError(reason=reason, text=text[:200])
