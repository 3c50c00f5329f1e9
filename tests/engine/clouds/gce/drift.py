"""What a refresh finds."""

from __future__ import annotations

from typing import Any

from tests.engine.standins.stack import Stack


def drifted(stack: Stack) -> set[str]:
    """Refreshes; returns the names of the resources that are not as the program made them."""
    before = _recorded(stack)
    stack.refresh()
    after = _recorded(stack)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def _recorded(stack: Stack) -> dict[str, Any]:
    return {
        each["urn"].split("::")[-1]: {name: _without_secrets(value) for name, value in each.get("inputs", {}).items()}
        for each in stack.resources()
    }


def _without_secrets(value: Any) -> Any:
    """Secrets are encrypted anew each time; what has one in it may be a secret as a whole after a refresh."""
    if isinstance(value, dict):
        items = {name: _without_secrets(item) for name, item in value.items()}
        return "secret" if "ciphertext" in value or "secret" in items.values() else items
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
