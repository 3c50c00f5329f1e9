"""One request to the API, as the checks see it, and the answer of one that refuses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_READING = ("Describe", "Get", "List")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request in one of AWS's query protocols: all that Pulumi's plugin needs for machines speaks those.

    `parameters`: flat, lists as NAME.1, NAME.2…, as they are sent.
    """

    service: str
    region: str
    action: str
    access_key: str
    parameters: Mapping[str, str]

    @property
    def only_reads(self) -> bool:
        """Whether nothing can change by it."""
        return self.action.startswith(_READING)

    def __getitem__(self, name: str) -> str:
        return self.parameters.get(name, "")

    def values(self, *names: str) -> list[str]:
        """The items of a list of texts; several names where the protocols spell it differently."""
        pattern = re.compile(rf"(?:{'|'.join(map(re.escape, names))})\.(?:member\.)?\d+")
        return [value for name, value in self.parameters.items() if pattern.fullmatch(name)]

    def objects(self, name: str) -> list[dict[str, str]]:
        """The items of a list of objects, each with its flat names."""
        pattern = re.compile(rf"{re.escape(name)}\.(?:member\.)?(\d+)\.(.+)")
        found: dict[int, dict[str, str]] = {}
        for parameter, value in self.parameters.items():
            if match := pattern.fullmatch(parameter):
                found.setdefault(int(match[1]), {})[match[2]] = value
        return [found[number] for number in sorted(found)]


class RefusedError(Exception):
    """A request that AWS would not take: its error code, its words, its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def parse(authorization: str, body: bytes) -> Call | None:
    """The request, None for one that is not of a query protocol. Raises RefusedError if it is not signed."""
    parameters = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    if "Action" not in parameters:
        return None
    scope = _SCOPE.search(authorization)
    if scope is None:
        raise RefusedError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    return Call(
        service=scope[3],
        region=scope[2],
        action=parameters["Action"],
        access_key=scope[1],
        parameters=parameters,
    )


def render(service: str, refused: RefusedError) -> bytes:
    """The XML of an error: EC2 has its own form."""
    error = f"<Code>{escape(refused.code)}</Code><Message>{escape(str(refused))}</Message>"
    if service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>box</RequestID></Response>"
    else:
        body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>box</RequestId></ErrorResponse>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()
