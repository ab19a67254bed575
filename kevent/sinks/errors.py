"""What a sink can answer when it does not store an event.

The recorder tells them apart by their class, as client-go does in recordEvent: a `StatusError` or a
`RequestConstructionError` is final, everything else is tried again. As in Go only the error itself counts:
one that was wrapped (`raise … from`) is not looked into.
"""

from __future__ import annotations

from kevent.errors import KeventError
from kevent.quoting import quote

__all__ = [
    "RequestConstructionError",
    "SinkError",
    "StatusError",
    "UnexpectedObjectError",
    "is_already_exists",
    "is_key_not_found_error",
    "is_namespace_terminating",
    "path_part",
]


class SinkError(KeventError):
    """An event was not stored. On its own: the sink could not be reached, so trying again may help.

    In Go: any error that is of neither type that recordEvent takes for final.
    """


class StatusError(SinkError):
    """The server's answer that it refuses. In Go: apimachinery pkg/api/errors StatusError.

    `reason` is the machine's word, such as `AlreadyExists` ("" for an unknown one), `code` the HTTP status,
    `message` and `str()` the server's text, `causes` what else it says is the matter, such as `NamespaceTerminating`.
    The class methods make the usual ones, with the texts of apimachinery.
    """

    def __init__(self, reason: str, code: int, message: str, causes: tuple[str, ...] = ()) -> None:
        super().__init__(reason, code, message, causes)
        self.reason = reason
        self.code = code
        self.message = message
        self.causes = causes

    def __str__(self) -> str:
        return self.message

    @classmethod
    def bad_request(cls, message: str) -> StatusError:
        """400: the request cannot be understood. In Go: NewBadRequest."""
        return cls("BadRequest", 400, message)

    @classmethod
    def forbidden(cls, resource: str, name: str, why: str) -> StatusError:
        """403: not allowed, for instance in a namespace that is being deleted. In Go: NewForbidden."""
        what = f"{resource} {quote(name)}" if name else resource
        return cls("Forbidden", 403, f"{what} is forbidden: {why}" if resource else f"forbidden: {why}")

    @classmethod
    def not_found(cls, resource: str, name: str) -> StatusError:
        """404: nothing of this name. In Go: NewNotFound."""
        return cls("NotFound", 404, f"{resource} {quote(name)} not found")

    @classmethod
    def already_exists(cls, resource: str, name: str) -> StatusError:
        """409: the name is taken. In Go: NewAlreadyExists."""
        return cls("AlreadyExists", 409, f"{resource} {quote(name)} already exists")

    @classmethod
    def conflict(cls, resource: str, name: str, why: str) -> StatusError:
        """409: the object has changed meanwhile. In Go: NewConflict."""
        return cls("Conflict", 409, f"Operation cannot be fulfilled on {resource} {quote(name)}: {why}")

    @classmethod
    def invalid(cls, kind: str, name: str, why: str) -> StatusError:
        """422: a field holds what it must not hold. In Go: NewInvalid."""
        return cls("Invalid", 422, f"{kind} {quote(name)} is invalid: {why}")

    @classmethod
    def too_many_requests(cls, message: str) -> StatusError:
        """429: the client should slow down. In Go: NewTooManyRequestsError."""
        return cls("TooManyRequests", 429, f"Too many requests: {message}")

    @classmethod
    def internal_error(cls, why: str) -> StatusError:
        """500: something broke in the server. In Go: NewInternalError."""
        return cls("InternalError", 500, f"Internal error occurred: {why}")

    @classmethod
    def server_timeout(cls, resource: str, operation: str) -> StatusError:
        """500: the server gave up for now. In Go: NewServerTimeout."""
        why = "could not be completed at this time, please try again."
        return cls("ServerTimeout", 500, f"The {operation} operation against {resource} {why}")

    @classmethod
    def service_unavailable(cls, message: str) -> StatusError:
        """503: the server cannot answer now. In Go: NewServiceUnavailable."""
        return cls("ServiceUnavailable", 503, message)

    @classmethod
    def timeout(cls, message: str) -> StatusError:
        """504: no answer in time; the work may still be done. In Go: NewTimeoutError."""
        return cls("Timeout", 504, f"Timeout: {message}")


class RequestConstructionError(SinkError):
    """The request could not even be built, so another try would end the same.

    In Go: rest RequestConstructionError.
    """

    def __init__(self, error: object) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return f"request construction error: '{self.error}'"


class UnexpectedObjectError(SinkError):
    """The server answered with something that is no status.

    In Go: apimachinery pkg/api/errors UnexpectedObjectError.
    """

    def __init__(self, obj: object) -> None:
        super().__init__(obj)
        self.obj = obj

    def __str__(self) -> str:
        return f"unexpected object: {self.obj}"


def is_already_exists(error: BaseException | None) -> bool:
    """Whether the server said that the name is taken. In Go: apimachinery pkg/api/errors IsAlreadyExists."""
    return isinstance(error, StatusError) and error.reason == "AlreadyExists"


def is_namespace_terminating(error: BaseException | None) -> bool:
    """Whether the server said that the namespace is being deleted.

    In Go: HasStatusCause of core/v1 NamespaceTerminatingCause.
    """
    return isinstance(error, StatusError) and "NamespaceTerminating" in error.causes


def is_key_not_found_error(error: BaseException | None) -> bool:
    """Whether the server answered 404, whatever reason it gave.

    In Go: tools/record/util IsKeyNotFoundError.
    """
    return isinstance(error, StatusError) and error.code == 404


def path_part(what: str, text: str) -> str:
    """`text`, if it stays where it is put in a path: `..` leads to another resource. In Go: IsValidPathSegmentName.

    Raises RequestConstructionError that names `what`.
    """
    if text in (".", "..") or "/" in text or "%" in text:
        raise RequestConstructionError(f"invalid {what} {text!r}: not a part of a path")
    return text
