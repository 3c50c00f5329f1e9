"""Property values: what the engine sends and takes, as plain Python data.

null, bool, float, str, list and dict are themselves. A secret is a `Secret` around its value and a value that
a preview does not know yet is `UNKNOWN`. Assets, archives and resource references stay the signed dicts that they
are on the wire, so they go through unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
# The protocol has one marker per type. The engine takes the string's for any of them.
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class _Unknown:
    """The one value that a preview does not know yet."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the engine encrypts in the state and hides in its output."""

    value: Any


def secret(value: Any) -> Secret:
    """`value` as a secret, once."""
    return value if isinstance(value, Secret) else Secret(value)


def plain(value: Any) -> Any:
    """`value` without the secret marks in it, at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def is_secret(value: Any) -> bool:
    """Whether `value` is a secret, or has one in it."""
    return bool(plain(value) != value)


def contains_unknown(value: Any) -> bool:
    """Whether something in `value` is not known yet."""
    if isinstance(value, Secret):
        return contains_unknown(value.value)
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def decode(struct: Struct) -> dict[str, Any]:
    """The properties in a message."""
    return {key: _decode(item) for key, item in struct.fields.items()}


def _decode(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        return value.number_value
    return None


def _decode_struct(struct: Struct) -> Any:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if signature == _SECRET:
        return Secret(_decode(fields["value"]))
    if signature == _OUTPUT:
        inner = _decode(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(inner) if "secret" in fields and fields["secret"].bool_value else inner
    return {key: _decode(item) for key, item in fields.items()}


def encode(properties: Mapping[str, Any]) -> Struct:
    """The message for some properties."""
    struct = Struct()
    for key, item in properties.items():
        _encode(item, struct.fields[key])
    return struct


def _encode(value: Any, into: Value) -> None:
    if isinstance(value, Secret):
        _encode({_SIGNATURE: _SECRET, "value": value.value}, into)
    elif isinstance(value, Mapping):
        into.struct_value.SetInParent()
        for key, item in value.items():
            _encode(item, into.struct_value.fields[key])
    elif isinstance(value, list):
        into.list_value.SetInParent()
        for item in value:
            _encode(item, into.list_value.values.add())
    else:
        _encode_scalar(value, into)


def _encode_scalar(value: Any, into: Value) -> None:
    if value is None:
        into.null_value = NULL_VALUE
    elif value is UNKNOWN:
        into.string_value = _UNKNOWN_STRING
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    else:
        raise TypeError(f"a property cannot hold {type(value).__name__}")
