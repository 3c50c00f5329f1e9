"""What changed between the state and the new inputs, property by property."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tools.standins.core.values import Secret

Change = Literal["add", "delete", "update"]
_NAME = re.compile(r"""\["([^"]*)"\]|\[\d+\]|([^.\[]+)""")


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Change]:
    """Path → change, for every leaf that differs. A secret is one leaf, so that no path leads into one."""
    return dict(_compare_maps(old, new, ""))


def property_names(path: str) -> list[str]:
    """The names along a path, without the places in lists."""
    return [quoted or plain for quoted, plain in _NAME.findall(path) if quoted or plain]


def _compare(old: Any, new: Any, path: str) -> Iterator[tuple[str, Change]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _compare_maps(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compare_maps(dict(enumerate(old)), dict(enumerate(new)), path)
    elif _content(old) != _content(new):
        yield path, "update"


def _compare_maps(old: Mapping[Any, Any], new: Mapping[Any, Any], path: str) -> Iterator[tuple[str, Change]]:
    for key in [*old, *(key for key in new if key not in old)]:
        inner = _path(path, key)
        if old.get(key) is None and new.get(key) is None:
            continue
        if old.get(key) is None:
            yield inner, "add"
        elif new.get(key) is None:
            yield inner, "delete"
        else:
            yield from _compare(old[key], new[key], inner)


def _content(value: Any) -> Any:
    # Secret(x) is not x: what becomes a secret has to be written to the state anew.
    return ("secret", value.value) if isinstance(value, Secret) else value


def _path(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not key or any(character in key for character in '.["'):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
