"""Asks a model hub: which models there are, what one of them says and holds. Three requests of its API.

Only what was asked for is sent: a search's words, a repository's name, and the access token to the host that
it is for. Every call waits for the network and may be cancelled; nothing is kept between calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.connections import ConnectionPurpose
from lmstudio_lite.domain.hub import HubPage, SearchOrder, SearchPage
from lmstudio_lite.errors import (
    AnswerStatusError,
    GatedModelError,
    HubAnswerError,
    HubTokenError,
    RepositoryNotFoundError,
)
from lmstudio_lite.hub.answers import (
    Repository,
    file_url,
    read_models,
    read_repository,
)
from lmstudio_lite.hub.cards import readable, without_front_matter
from lmstudio_lite.hub.connection import Connections, Content
from lmstudio_lite.hub.variants import group_variants

DEFAULT_ENDPOINT = "https://huggingface.co"
_CARD = "README.md"
_SEARCH_LIMIT_BYTES = 8 << 20
_REPOSITORY_LIMIT_BYTES = 32 << 20
CARD_LIMIT_BYTES = 256 << 10
"""Of a longer card the beginning is shown: laying it out would take seconds."""
_SORTS = {
    SearchOrder.DOWNLOADS: "downloads",
    SearchOrder.LIKES: "likes",
    SearchOrder.UPDATED: "lastModified",
}
_FIELDS = ("downloads", "likes", "lastModified", "tags", "gated", "gguf")
_NEXT_LINK = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?')
_CODE_GATED = "GatedRepo"
_CODES_MISSING = frozenset(("RepoNotFound", "RevisionNotFound", "EntryNotFound"))


class HubClient:
    """Asks the hub at one ``endpoint``. Thread-safe."""

    def __init__(self, connections: Connections, endpoint: str, token: Callable[[], str]) -> None:
        """``endpoint`` is as ``references.checked_endpoint`` returns it; ``token`` may wait for the user."""
        self.endpoint = endpoint
        self.host = urlsplit(endpoint).hostname or ""
        self._connections = connections
        self._token = token

    def search(
        self,
        words: str,
        *,
        order: SearchOrder = SearchOrder.DOWNLOADS,
        limit: int = 20,
        next_page: str = "",
        cancellation: Cancellation | None = None,
    ) -> SearchPage:
        """Return models with GGUF files whose names have ``words``; ``next_page`` is that of the page before.

        Raises:
            NetworkError: no answer came, or a refusal: too many questions, a fault of the hub's.
            HubAnswerError: what came is no answer.
            CancelledError: ``cancellation`` was.
        """
        query = next_page or urlencode(
            [
                ("filter", "gguf"),
                ("search", words),
                ("sort", _SORTS[order]),
                ("limit", limit),
                *(("expand", each) for each in _FIELDS),
            ]
        )
        content = self._read(
            f"/api/models?{query}", ConnectionPurpose.SEARCH, words, _SEARCH_LIMIT_BYTES, cancellation
        )
        return SearchPage(read_models(content.body, self.host), _next_query(content.headers.get("link", "")))

    def repository(
        self, repo: str, revision: str = "", *, cancellation: Cancellation | None = None
    ) -> Repository:
        """Return what is in ``repo`` at ``revision``, "" for the newest, pinned to a commit.

        Raises:
            RepositoryNotFoundError: there is no such repository or revision, or it is private.
            GatedModelError: its makers let nobody look without their consent.
            HubTokenError: the hub does not know the access token.
            NetworkError, HubAnswerError, CancelledError: as ``search``.
        """
        address = f"/api/models/{repo}/revision/{quote(revision or 'main', safe='')}?blobs=true"
        try:
            content = self._read(address, ConnectionPurpose.PAGE, repo, _REPOSITORY_LIMIT_BYTES, cancellation)
        except AnswerStatusError as error:
            self.explain_refusal(error, repo)
        return read_repository(content.body, self.endpoint, self.host)

    def page(self, repo: str, revision: str = "", *, cancellation: Cancellation | None = None) -> HubPage:
        """Return a repository's page: what it says, and what can be fetched of it. Two requests.

        A card that is not there or not given without an account is "".

        Raises:
            As ``repository``.
        """
        found = self.repository(repo, revision, cancellation=cancellation)
        card = b""
        is_given = not found.model.is_gated or bool(self._token())
        if is_given and any(file.path == _CARD for file in found.files):
            card = self._card(found, cancellation)
        text = card.decode("utf-8", "replace").replace("\x00", "")
        return HubPage(
            model=found.model,
            readme=readable(without_front_matter(text)),
            variants=group_variants(found.files),
            commit=found.commit,
            endpoint=self.endpoint,
            is_readme_cut=len(card) >= CARD_LIMIT_BYTES,
        )

    def token(self) -> str:
        """Return the token that goes with requests to this hub, "" for none."""
        return self._token()

    def explain_refusal(self, error: AnswerStatusError, repo: str) -> NoReturn:
        """Raise what a refusal means for ``repo``, or ``error`` itself where it means nothing special.

        A hub answers 401 for what is not there as well, so that nobody learns of private repositories.
        """
        status, code = error.details.get("status"), error.details.get("server_code")
        is_signed_in = bool(self._token())
        details: dict[str, str | int | float] = {
            "repo": repo,
            "host": self.host,
            "is_signed_in": int(is_signed_in),
        }
        if code == _CODE_GATED or (status == 403 and code not in _CODES_MISSING):
            raise GatedModelError(**details, address=self.endpoint) from error
        if status == 401 and is_signed_in and code not in _CODES_MISSING:
            raise HubTokenError(reason="refused", host=self.host) from error
        if status in (401, 404):
            raise RepositoryNotFoundError(**details) from error
        raise error

    def _card(self, found: Repository, cancellation: Cancellation | None) -> bytes:
        url = file_url(self.endpoint, found.model.repo, found.commit, _CARD)
        try:
            return self._connections.read(
                url,
                ConnectionPurpose.PAGE,
                f"{found.model.repo}/{_CARD}",
                limit_bytes=CARD_LIMIT_BYTES,
                token=self._token(),
                cancellation=cancellation,
            ).body
        except AnswerStatusError:
            return b""

    def _read(
        self,
        address: str,
        purpose: ConnectionPurpose,
        subject: str,
        limit_bytes: int,
        cancellation: Cancellation | None,
    ) -> Content:
        content = self._connections.read(
            f"{self.endpoint}{address}",
            purpose,
            subject,
            limit_bytes=limit_bytes,
            token=self._token(),
            cancellation=cancellation,
        )
        if len(content.body) >= limit_bytes:
            raise HubAnswerError(host=self.host, reason="too_large")
        return content


def _next_query(link: str) -> str:
    """Return the query of the page behind, out of a Link header (RFC 8288), "" if there is none.

    Only the query: a mirror may pass on a link to the hub that it mirrors.
    """
    found = _NEXT_LINK.search(link)
    if found is None:
        return ""
    try:
        return urlencode(parse_qsl(urlsplit(found[1]).query))[:4000]
    except ValueError:
        return ""
