"""Models that lie elsewhere: the hub, the way there, and what is fetched."""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError


class HubError(AppError):
    """A model that lies elsewhere can't be named, found or had."""

    code = "hub"


class ModelReferenceError(HubError):
    """What was pasted names no model; ``reason`` is a word from ``hub.references``."""

    code = "model_reference"


class RepositoryNotFoundError(HubError):
    """``is_signed_in``: a token was sent, so that a private repository would have been found."""

    code = "repository_not_found"


class GatedModelError(HubError):
    """Its makers want their terms accepted first, at ``address`` (the hub's, with its scheme and port).

    ``is_signed_in``: a token was sent and is not enough.
    """

    code = "gated_model"


class VariantNotFoundError(HubError):
    """The repository has no such file or quantization; ``known`` lists what it has, "" for no GGUF at all."""

    code = "variant_not_found"


class HubAnswerError(HubError):
    """What came back is no answer of a hub: "not_json", "not_understood", "too_large" or "no_ranges"."""

    code = "hub_answer"


class HubTokenError(HubError):
    """What was entered is no access token ("form"), or the host does not take it ("refused")."""

    code = "hub_token"


class NetworkError(AppError):
    """No answer came, or one that refuses; ``host`` is whom it was expected of."""

    code = "network"


class NameUnresolvedError(NetworkError):
    """Nobody knows the host's name: it is mistyped, or there is no network."""

    code = "name_unresolved"


class ConnectionFailedError(NetworkError):
    """``reason``: "refused", "unreachable", "timeout", "broken" or "protocol"."""

    code = "connection_failed"


class TlsError(NetworkError):
    """The encryption or the certificate is refused; ``reason`` is what the library says."""

    code = "tls"


class ProxyRefusedError(NetworkError):
    """``reason`` is what the library says."""

    code = "proxy_refused"


class RedirectError(NetworkError):
    """``reason``: "loop", or "insecure" where the way would go on without encryption."""

    code = "redirect"


class AnswerStatusError(NetworkError):
    """An HTTP status of 400 or above, or one that makes no sense for what was asked.

    ``retry_after_s`` is how long the server asks to wait, absent where it does not; ``server_code`` what a
    hub calls the problem ("GatedRepo", "EntryNotFound"), "" for nothing.
    """

    code = "answer_status"


class FetchError(AppError):
    """A file can't be fetched, or not be kept."""

    code = "fetch"


class FetchSpaceError(FetchError):
    """There is no room for it; found out before anything is fetched."""

    code = "fetch_space"


class FetchFolderError(FetchError):
    """``reason``: "read_only", "gone", "broken", "too_large", "name_too_long", "bad_name", "exists"."""

    code = "fetch_folder"


class FetchAnswerError(FetchError):
    """The server does not send the file; ``reason``: "length", "changed", "no_ranges" or "broken"."""

    code = "fetch_answer"


class FetchMismatchError(FetchError):
    """All bytes are here, and they are not those whose SHA-256 was promised."""

    code = "fetch_mismatch"


class FetchBusyError(FetchError):
    """Another process fetches this very file."""

    code = "fetch_busy"
