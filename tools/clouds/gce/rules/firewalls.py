"""Firewall rules."""

from __future__ import annotations

import re
from typing import Any, Final

from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.fields import check_tags, network_range

_PROTOCOLS: Final = {"all", "tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip"}
_WITH_PORTS: Final = {"tcp", "udp", "sctp", "6", "17", "132"}
_LAST_PORT: Final = 65535


def check(request: Request) -> None:
    """A rule allows or denies, in one direction, by ranges and tags."""
    body = request.body
    body.setdefault("direction", "INGRESS")
    body.setdefault("priority", 1000)
    body.setdefault("disabled", False)
    if "network" not in body:
        raise CloudError(400, "Required field 'resource.network' not specified", "required")
    if bool(body.get("allowed")) == bool(body.get("denied")):
        raise CloudError(400, "Exactly one of 'resource.allowed' and 'resource.denied' must be specified.")
    if not 0 <= body["priority"] <= _LAST_PORT:
        raise invalid("resource.priority", body["priority"], "Must be between 0 and 65535.")
    _check_ends(body)
    for kind in ("allowed", "denied"):
        for number, entry in enumerate(body.get(kind, [])):
            _check_entry(f"resource.{kind}[{number}]", entry)


def _check_ends(body: dict[str, Any]) -> None:
    for name in ("sourceTags", "targetTags"):
        check_tags(f"resource.{name}", body.get(name, []))
    for name in ("sourceRanges", "destinationRanges"):
        for number, value in enumerate(body.get(name, [])):
            network_range(f"resource.{name}[{number}]", value)
    ingress = body["direction"] == "INGRESS"
    for name in ("sourceRanges", "sourceTags"):
        if body.get(name) and not ingress:
            raise invalid(f"resource.{name}", body[name], f"Not allowed for a rule of direction {body['direction']}.")
    if ingress and not body.get("sourceRanges") and not body.get("sourceTags"):
        body["sourceRanges"] = ["0.0.0.0/0"]


def _check_entry(field: str, entry: dict[str, Any]) -> None:
    protocol = str(entry.get("IPProtocol", "")).lower()
    if protocol not in _PROTOCOLS and not (protocol.isdigit() and int(protocol) <= 255):
        raise invalid(f"{field}.IPProtocol", protocol, "Must be a well known protocol or an IP protocol number.")
    entry["IPProtocol"] = protocol
    ports = entry.get("ports", [])
    if ports and protocol not in _WITH_PORTS:
        raise invalid(
            f"{field}.ports", ports, "Ports may only be specified on rules whose protocol is TCP, UDP or SCTP."
        )
    for port in ports:
        match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", port)
        if not match or not int(match[1]) <= int(match[2] or match[1]) <= _LAST_PORT:
            raise invalid(f"{field}.ports", port, "Ports must be an integer or a range.")
