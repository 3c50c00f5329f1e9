"""Strings of random characters, by the rules of the random provider."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any, Final

from tools.standins.core.schema import Failure

_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
_CLASSES: Final = ("upper", "lower", "numeric", "special")


def _alphabets(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {
        "upper": string.ascii_uppercase,
        "lower": string.ascii_lowercase,
        "numeric": string.digits,
        "special": inputs.get("overrideSpecial") or _SPECIAL,
    }


def _minimum(inputs: Mapping[str, Any], character_class: str) -> int:
    return int(inputs.get(f"min{character_class.capitalize()}", 0))


def random_string(inputs: Mapping[str, Any]) -> str:
    """`length` characters of the allowed classes, with at least the asked number of each."""
    alphabets = _alphabets(inputs)
    allowed = "".join(alphabets[each] for each in _CLASSES if inputs.get(each, True))
    characters = [secrets.choice(alphabets[each]) for each in _CLASSES for _ in range(_minimum(inputs, each))]
    characters += [secrets.choice(allowed) for _ in range(int(inputs["length"]) - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def problems(inputs: Mapping[str, Any]) -> list[Failure]:
    """Lengths that cannot be met and alphabets without a character."""
    numbers = [inputs["length"], *(inputs.get(f"min{each.capitalize()}", 0) for each in _CLASSES)]
    if not all(isinstance(number, int | float) for number in numbers):
        return []
    least = sum(_minimum(inputs, each) for each in _CLASSES)
    if inputs["length"] < least:
        return [Failure(path="length", reason=f"expected at least {least}, the sum of the minimums")]
    if inputs["length"] > least and not any(inputs.get(each, True) for each in _CLASSES):
        return [Failure(path="length", reason="no class of characters is allowed")]
    return []
