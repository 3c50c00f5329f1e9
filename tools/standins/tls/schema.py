"""The inputs and outputs that the tls resources share."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from tools.standins.core.schema import Failure, Input, ListOf, ObjectOf, Output
from tools.standins.tls.usages import EXTENDED_KEY_USAGES, KEY_USAGES

_NOT_STORED = "the stand-in does not take write-only keys: use the input of the same name without Wo"
_STRINGS = ListOf(item="string")

SUBJECT: Mapping[str, Input] = {
    **{
        name: Input(type="string")
        for name in (
            "commonName",
            "country",
            "emailAddress",
            "locality",
            "organization",
            "organizationalUnit",
            "postalCode",
            "province",
            "serialNumber",
        )
    },
    "streetAddresses": Input(type=_STRINGS),
}

REQUEST: Mapping[str, Input] = {
    "dnsNames": Input(type=_STRINGS, replaces=True),
    "ipAddresses": Input(type=_STRINGS, replaces=True),
    "subject": Input(type=ObjectOf(properties=SUBJECT), replaces=True),
    "uris": Input(type=_STRINGS, replaces=True),
}

CERTIFICATE: Mapping[str, Input] = {
    "allowedUses": Input(
        type=_STRINGS, required=True, replaces=True, choices=tuple(sorted({**KEY_USAGES, **EXTENDED_KEY_USAGES}))
    ),
    "earlyRenewalHours": Input(type="integer", default=0, minimum=0),
    "isCaCertificate": Input(type="boolean", default=False, replaces=True),
    "maxPathLength": Input(type="integer", default=-1, minimum=-1),
    "setSubjectKeyId": Input(type="boolean", default=False, replaces=True),
    "validityPeriodHours": Input(type="integer", required=True, replaces=True, minimum=0),
}

CERTIFICATE_OUTPUTS: Mapping[str, Output] = {
    "certPem": Output(type="string"),
    "readyForRenewal": Output(type="boolean"),
    "validityEndTime": Output(type="string"),
    "validityStartTime": Output(type="string"),
}


def private_key_inputs(name: str) -> dict[str, Input]:
    """The input for a private key in PEM, and its write-only forms."""
    return {
        name: Input(type="string", secret=True, replaces=True),
        f"{name}Wo": Input(type="string", secret=True, refused=_NOT_STORED),
        f"{name}WoVersion": Input(type="integer", refused=_NOT_STORED),
    }


def missing_key(inputs: Mapping[str, Any], name: str) -> list[Failure]:
    """Only the write-only form makes the key optional, and that is refused."""
    return [] if name in inputs else [Failure(path=name, reason="missing required property")]


def malformed_addresses(inputs: Mapping[str, Any]) -> list[Failure]:
    """The entries of ipAddresses that are known and no addresses."""
    addresses = inputs.get("ipAddresses", [])
    failures = []
    for index, address in enumerate(addresses if isinstance(addresses, list) else []):
        if isinstance(address, str) and not _is_address(address):
            failures.append(Failure(path=f"ipAddresses[{index}]", reason=f'expected an IP address, found "{address}"'))
    return failures


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
