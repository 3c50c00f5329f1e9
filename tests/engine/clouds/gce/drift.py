"""What a refresh finds."""

from __future__ import annotations

from typing import Any

from tests.engine.standins.stack import Stack


def drifted(stack: Stack) -> set[str]:
    """Refreshes; returns the names of the resources that are no longer as the state had them."""
    before = _recorded(stack)
    stack.refresh()
    after = _recorded(stack)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def _recorded(stack: Stack) -> dict[str, Any]:
    return {
        each["urn"].split("::")[-1]: _without_ciphers({"inputs": each.get("inputs"), "outputs": each.get("outputs")})
        for each in stack.resources()
    }


def _without_ciphers(value: Any) -> Any:
    """Secrets are encrypted anew each time, and here all the same."""
    if isinstance(value, dict):
        return "secret" if "ciphertext" in value else {name: _without_ciphers(item) for name, item in value.items()}
    return [_without_ciphers(item) for item in value] if isinstance(value, list) else value
