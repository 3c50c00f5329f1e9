"""Requests to the Compute API, and the wait for what they begin."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.standins.core.operation import Operation, StandInError

_NOT_FOUND: Final = 404
_REQUEST_SECONDS: Final = 150.0
# The stand-in's cloud is on this computer: no proxy of the environment stands before it.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class GoogleError(StandInError):
    """A refusal, as Google's own library writes it."""

    def __init__(self, status: int, message: str, reason: str) -> None:
        super().__init__(f"googleapi: Error {status}: {message}, {reason}")
        self.is_not_found = status == _NOT_FOUND


@dataclass(frozen=True, kw_only=True)
class Client:
    """`endpoint` ends with compute/v1/; paths are relative to it (projects/P/global/networks)."""

    endpoint: str
    token: str

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """An object or a list; raises GoogleError."""
        return await asyncio.to_thread(self._request, "GET", path, None, query)

    async def find(self, path: str) -> dict[str, Any] | None:
        """An object, or None when it is not there."""
        try:
            return await self.get(path)
        except GoogleError as error:
            if error.is_not_found:
                return None
            raise

    async def ask(self, path: str, body: Any) -> dict[str, Any]:
        """A question that is asked with POST."""
        return await asyncio.to_thread(self._request, "POST", path, body, {})

    async def change(
        self, operation: Operation, verb: str, path: str, body: Any = None, *, doing: str, **query: str
    ) -> None:
        """A change, until it is done. `doing`, such as "creating Network", begins the message of a StandInError."""
        try:
            begun = await operation.within(asyncio.to_thread(self._request, verb, path, body, query))
        except GoogleError as error:
            if verb == "DELETE" and error.is_not_found:
                return
            raise StandInError(f"Error {doing}: {error}") from error
        await self._wait(operation, begun, doing)

    async def _wait(self, operation: Operation, begun: Mapping[str, Any], doing: str) -> None:
        path = f"{begun['selfLink'].partition('/compute/v1/')[2]}/wait"
        done = dict(begun)
        while done["status"] != "DONE":
            done = await operation.within(asyncio.to_thread(self._request, "POST", path, None, {}))
        if errors := done.get("error", {}).get("errors"):
            reasons = ", ".join(f"{each['code']}: {each['message']}" for each in errors)
            raise StandInError(f"Error waiting for {doing}: {reasons}")

    def _request(self, verb: str, path: str, body: Any, query: Mapping[str, str]) -> dict[str, Any]:
        address = f"{self.endpoint}{path}{'?' if query else ''}{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(address, method=verb, headers={"Authorization": f"Bearer {self.token}"})
        if body is not None:
            request.data = json.dumps(_whole_numbers(body)).encode()
            request.add_header("Content-Type", "application/json")
        elif verb == "POST":
            request.data = b""
        try:
            with _OPENER.open(request, timeout=_REQUEST_SECONDS) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise _google_error(error) from error
        except (urllib.error.URLError, TimeoutError) as error:
            reason = getattr(error, "reason", error)
            raise StandInError(f"expected the Compute API at {self.endpoint}, found: {reason}") from error


def _google_error(answer: urllib.error.HTTPError) -> GoogleError:
    content = answer.read().decode(errors="replace")
    try:
        error = json.loads(content)["error"]
        return GoogleError(error["code"], error["message"], error["errors"][0]["reason"])
    except (ValueError, LookupError, TypeError):
        return GoogleError(answer.code, content, "unknown")


def _whole_numbers(value: Any) -> Any:
    """The engine has one kind of number; the API wants 20 and not 20.0."""
    if isinstance(value, Mapping):
        return {name: _whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
