"""Checks of values that several kinds of object hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import fingerprint
from tools.clouds.gce.request import Request

_TAG = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_MOST_LABELS = 64


def network_range(field: str, value: str) -> IPv4Network:
    """A range with no bit set behind its prefix."""
    try:
        return IPv4Network(value)
    except ValueError as error:
        raise invalid(field, value, "Must be a CIDR address range that is contained in IPv4.") from error


def address(field: str, value: str) -> IPv4Address:
    """A single address."""
    try:
        return IPv4Address(value)
    except ValueError as error:
        raise invalid(field, value, "Must be a valid IP address.") from error


def check_tags(field: str, tags: list[str]) -> None:
    """Network tags are written like names."""
    for number, tag in enumerate(tags):
        if not re.fullmatch(_TAG, tag):
            raise invalid(f"{field}[{number}]", tag, f"Must be a match of regex '{_TAG}'")


def check_labels(labels: Mapping[str, str]) -> None:
    """At most 64 labels, in small letters, digits, - and _."""
    if len(labels) > _MOST_LABELS:
        raise CloudError(400, f"Labels count exceeds the limit of {_MOST_LABELS}.")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            raise invalid("resource.labels", f"{key}: {value}", "Label keys and values must be valid.")


def set_labels(request: Request) -> None:
    """The method setLabels, which several kinds of object have."""
    target, labels = request.target, request.body.get("labels", {})
    check_labels(labels)
    check_fingerprint("labels", target.get("labelFingerprint"), request.body.get("labelFingerprint"))
    target["labels"] = labels
    target["labelFingerprint"] = fingerprint(labels)


def check_fingerprint(what: str, present: str | None, given: Any) -> None:
    """Refuses a change of something that was changed since the client read it."""
    if given != present:
        raise CloudError(412, f"Supplied fingerprint does not match current {what} fingerprint.", "conditionNotMet")
