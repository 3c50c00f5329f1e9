"""Types of single values: what is true of the value alone, whatever stands around it."""

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StrictStr, WithJsonSchema

from components.config.problems import mistake

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def is_dns_name(text: str) -> bool:
    """Lower-case labels of at most 63 characters with dots between, 253 in all (RFC 1123)."""
    return len(text) <= 253 and all(len(label) <= 63 and DNS_LABEL.fullmatch(label) for label in text.split("."))


def is_address(text: str) -> bool:
    """An IPv4 address in dotted form."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def _looks_like_address(text: str) -> bool:
    return re.fullmatch(r"[0-9.]+", text) is not None


def _address(value: Any) -> IPv4Address:
    if isinstance(value, IPv4Address):
        return value
    if isinstance(value, str) and is_address(value):
        return IPv4Address(value)
    raise mistake("an IPv4 address", "write four numbers from 0 to 255 with dots between, like 10.80.0.11")


def _range(value: Any) -> IPv4Network:
    if isinstance(value, IPv4Network):
        return value
    example = "write it as address/prefix, like 10.80.0.0/24"
    if not isinstance(value, str) or "/" not in value:
        raise mistake("an IPv4 range", example)
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise mistake("an IPv4 range", example) from None
    if "." in value.partition("/")[2]:
        raise mistake("an IPv4 range with a prefix length", f"write {network}")
    if value != str(network):
        raise mistake("a range starts at its first address: no host bits may be set", f"write {network}")
    return network


def _dns_label(value: str) -> str:
    if len(value) > 63 or not DNS_LABEL.fullmatch(value):
        raise mistake(
            "a DNS label: lower-case letters, digits and dashes, no dash first or last, 63 characters at most",
            f"write {_as_label(value)}",
        )
    return value


def _as_label(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", value.lower())[:63].strip("-") or "a name like n1"


def _dns_name(value: str) -> str:
    if not is_dns_name(value):
        raise mistake("a DNS name: lower-case labels with dots between", "write it like cluster.local")
    return value


def _host(value: str) -> str:
    if not (is_address(value) if _looks_like_address(value) else is_dns_name(value)):
        raise mistake("a DNS name or an IPv4 address", "write it like node1.example.org or 192.0.2.7, without a port")
    return value


def _version(value: Any) -> str:
    if isinstance(value, str) and _VERSION.fullmatch(value):
        return value
    if isinstance(value, str) and _VERSION.fullmatch(value.removeprefix("v")):
        raise mistake("a version of three numbers", f"leave the v out: {value.removeprefix('v')}")
    raise mistake("a version of three numbers", 'write all three, like "1.36.3"')


def _mode(value: Any) -> str:
    # YAML reads a bare 0644 as the number 420: without the quotes the meant mode is lost.
    if not isinstance(value, str) or not re.fullmatch(r"0?[0-7]{3}", value):
        raise mistake("file permissions in octal, in quotes", 'write it like "0644"')
    return value.zfill(4)


def _word(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9:._-]{0,64}", value):
        raise mistake("a word of at most 64 letters, digits and : . _ -", "write the date, like 2026-11-28")
    return value


Text = Annotated[StrictStr, Field(min_length=1)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Address = Annotated[IPv4Address, BeforeValidator(_address), WithJsonSchema({"type": "string", "format": "ipv4"})]
Range = Annotated[
    IPv4Network,
    BeforeValidator(_range),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$"}),
]
DnsLabel = Annotated[StrictStr, AfterValidator(_dns_label)]
DnsName = Annotated[StrictStr, AfterValidator(_dns_name)]
Host = Annotated[StrictStr, AfterValidator(_host)]
Version = Annotated[
    str, BeforeValidator(_version), WithJsonSchema({"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"})
]
Mode = Annotated[str, BeforeValidator(_mode), WithJsonSchema({"type": "string", "pattern": "^0?[0-7]{3}$"})]
Repair = Annotated[StrictStr, AfterValidator(_word)]
