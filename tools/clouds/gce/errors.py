"""The Compute API's refusals, in Google's words."""

from __future__ import annotations

from typing import Any


class CloudError(Exception):
    """A request that is refused: the HTTP status, the message and the reason that Google's clients read."""

    def __init__(self, status: int, message: str, reason: str = "invalid") -> None:
        super().__init__(message)
        self.status, self.message, self.reason = status, message, reason

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        detail = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [detail]}}


class OperationError(Exception):
    """A request that is taken, and whose operation then ends with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def invalid(field: str, value: Any, why: str) -> CloudError:
    """A field with a value that cannot be taken; `why` is a sentence with its full stop."""
    return CloudError(400, f"Invalid value for field '{field}': '{value}'. {why}")


def not_found(path: str) -> CloudError:
    """An object that is not there."""
    return CloudError(404, f"The resource '{path}' was not found", "notFound")


def in_use(path: str, user: str) -> CloudError:
    """An object that another one needs."""
    kind = path.split("/")[-2].removesuffix("es" if path.split("/")[-2] == "addresses" else "s")
    message = f"The {kind} resource '{path}' is already being used by '{user}'"
    return CloudError(400, message, "resourceInUseByAnotherResource")
