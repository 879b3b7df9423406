"""The hub's protocol as a hub on loopback speaks it: search, repository, files by redirect to a second host.

``HubApi`` knows nothing of sockets: it turns a request into an answer. ``serve`` puts it on loopback, with
``tests.hub.server`` as the storage that files are redirected to: it may misbehave as that does.
The forms are those of https://huggingface.co/docs/hub/api and of what huggingface_hub 2.4 reads.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from tests.hub.server import FileServer, Handler, ServedFile

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@functools.lru_cache(maxsize=256)
def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class FakeRepo:
    """A repository. ``files`` are contents by path; ``sizes`` are told in their place, where they differ."""

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    gguf: dict[str, Any] = field(default_factory=dict)
    gated: str | bool = False
    is_private: bool = False
    num_downloads: int = 0
    num_likes: int = 0
    updated_at: str = "2026-11-01T10:00:00.000Z"
    commit: str = COMMIT
    sizes: dict[str, int] = field(default_factory=dict)

    def described(self, *, with_files: bool) -> dict[str, Any]:
        found: dict[str, Any] = {
            "_id": "65f",
            "id": self.name,
            "modelId": self.name,
            "sha": self.commit,
            "gated": self.gated,
            "downloads": self.num_downloads,
            "likes": self.num_likes,
            "lastModified": self.updated_at,
            "tags": self.tags,
        }
        if self.gguf:
            found["gguf"] = self.gguf
        if not with_files:
            return found
        return found | {"cardData": self.card, "siblings": [self._sibling(path) for path in self.files]}

    def _sibling(self, path: str) -> dict[str, Any]:
        content = self.files[path]
        size = self.sizes.get(path, len(content))
        found: dict[str, Any] = {"rfilename": path, "size": size, "blobId": "b10b"}
        if path.endswith(".gguf"):
            digest = digest_of(content)
            found["lfs"] = {"size": size, "sha256": digest, "pointerSize": 134}
        return found


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    host: str
    target: str
    headers: Mapping[str, str]


class HubApi:
    """Answers requests; ``failures`` are answered first, one a request. Thread-safe enough for tests."""

    def __init__(self) -> None:
        self.repos: dict[str, FakeRepo] = {}
        self.renamed: dict[str, str] = {}
        self.token = "hf_good"
        self.accepted = True  # the token's owner has accepted the terms of gated models
        self.failures: deque[Answer] = deque()
        self.asked: list[Asked] = []
        self.hub_url = ""
        self.storage_url = ""
        self.storage: FileServer | None = None

    def add(self, repo: FakeRepo) -> FakeRepo:
        self.repos[repo.name] = repo
        return repo

    def hub_answer(self, target: str, headers: Mapping[str, str]) -> Answer:
        """Answer as the hub."""
        if self.failures:
            return self.failures.popleft()
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        if parts.path == "/api/models":
            return self._search(query)
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", parts.path):
            return self._repository(unquote(found[1]), unquote(found[2] or "main"), query, headers)
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", parts.path):
            return self._resolve(unquote(found[1]), unquote(found[2]), unquote(found[3]), headers)
        return Answer(404, b"Not Found")

    def storage_answer(self, target: str, headers: Mapping[str, str]) -> Answer | None:
        """Have the storage serve a content by its hash, with the faults that it was given."""
        digest = urlsplit(target).path.strip("/")
        contents = (content for repo in self.repos.values() for content in repo.files.values())
        content = next((content for content in contents if digest_of(content) == digest), None)
        if content is None:
            return Answer(404)
        assert self.storage is not None
        self.storage.files[digest] = ServedFile(content, f'"{digest}"')
        return None

    def _search(self, query: Mapping[str, list[str]]) -> Answer:
        words = query.get("search", [""])[0].lower()
        found = [
            repo
            for repo in self.repos.values()
            if words in repo.name.lower() and ("gguf" not in query.get("filter", []) or "gguf" in repo.tags)
        ]
        keys = {"downloads": "num_downloads", "likes": "num_likes", "lastModified": "updated_at"}
        key = keys.get(query.get("sort", ["downloads"])[0])
        if key is None:
            return Answer(400, b'{"error":"Invalid sort"}')
        found.sort(key=lambda repo: getattr(repo, key), reverse=True)
        limit, start = int(query.get("limit", ["30"])[0]), int(query.get("cursor", ["0"])[0])
        headers = {}
        if start + limit < len(found):
            following = {**{name: values for name, values in query.items()}, "cursor": [str(start + limit)]}
            link = f"{self.hub_url}/api/models?{urlencode(following, doseq=True)}"
            headers["Link"] = f'<{link}>; rel="next"'
        rows = [repo.described(with_files=False) for repo in found[start : start + limit]]
        return _json(rows, headers=headers)

    def _repository(
        self, name: str, revision: str, query: Mapping[str, list[str]], headers: Mapping[str, str]
    ) -> Answer:
        if name in self.renamed:
            end = f"?{urlencode(query, doseq=True)}" if query else ""
            target = f"/api/models/{self.renamed[name]}/revision/{quote(revision, safe='')}{end}"
            return Answer(307, b"Temporary Redirect.", {"Location": target})
        repo, refusal = self._allowed(name, headers)
        if repo is None:
            return refusal
        if revision not in ("main", repo.commit):
            return _refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return _json(repo.described(with_files=True))

    def _resolve(self, name: str, revision: str, path: str, headers: Mapping[str, str]) -> Answer:
        if name in self.renamed:
            target = f"/{self.renamed[name]}/resolve/{quote(revision, safe='')}/{quote(path)}"
            return Answer(307, b"Temporary Redirect.", {"Location": target})
        repo, refusal = self._allowed(name, headers)
        if repo is None:
            return refusal
        if path not in repo.files or revision not in ("main", repo.commit):
            return _refused(404, "EntryNotFound", "Entry not found")
        if repo.gated and not (self._is_signed_in(headers) and self.accepted):
            status = 403 if self._is_signed_in(headers) else 401
            return _refused(status, "GatedRepo", f"Access to model {name} is restricted.")
        content = repo.files[path]
        digest = digest_of(content)
        about = {"X-Repo-Commit": repo.commit, "ETag": f'"{digest}"'}
        if not path.endswith(".gguf"):
            return Answer(200, content, about | {"Content-Type": "text/plain; charset=utf-8"})
        linked = {"X-Linked-Size": str(len(content)), "X-Linked-Etag": f'"{digest}"'}
        return Answer(302, b"", about | linked | {"Location": f"{self.storage_url}/{digest}"})

    def _allowed(self, name: str, headers: Mapping[str, str]) -> tuple[FakeRepo | None, Answer]:
        repo = self.repos.get(name)
        if repo is None or (repo.is_private and not self._is_signed_in(headers)):
            if self._is_signed_in(headers):
                return None, _refused(404, "RepoNotFound", "Repository not found")
            return None, _refused(401, "RepoNotFound", "Invalid username or password.")
        return repo, Answer(200)

    def _is_signed_in(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {self.token}"


@contextlib.contextmanager
def serve(api: HubApi) -> Iterator[HubApi]:
    """Serve ``api`` on loopback: the hub as "127.0.0.1", the storage as "localhost"."""
    with FileServer() as hub, FileServer(name="localhost") as storage:
        hub.answerers.append(lambda handler, asked: _answer(api, handler, "hub", api.hub_answer))
        storage.answerers.append(lambda handler, asked: _answer(api, handler, "storage", api.storage_answer))
        api.hub_url, api.storage_url, api.storage = hub.url, storage.url, storage
        yield api


def _answer(
    api: HubApi,
    handler: Handler,
    host: str,
    respond: Callable[[str, Mapping[str, str]], Answer | None],
) -> bool:
    """Write down a request and answer it; False leaves the answer to the server."""
    headers = {name.lower(): value for name, value in handler.headers.items()}
    api.asked.append(Asked(host, handler.path, headers))
    answer = respond(handler.path, headers)
    if answer is None:
        return False
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer.content)))
    handler.end_headers()
    if handler.command != "HEAD":
        with contextlib.suppress(ConnectionError):
            handler.wfile.write(answer.content)
    return True


def _json(value: object, headers: Mapping[str, str] | None = None) -> Answer:
    content = json.dumps(value).encode()
    return Answer(200, content, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def _refused(status: int, code: str, message: str) -> Answer:
    content = json.dumps({"error": message}).encode()
    return Answer(status, content, {"X-Error-Code": code, "X-Error-Message": message})
