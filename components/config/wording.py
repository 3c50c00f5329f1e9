"""Pydantic's errors in the users' words: the key, the value, the rule, the way out."""

import difflib
import json
import re
from collections.abc import Collection
from typing import Any

from pydantic_core import ErrorDetails

from components.config.keys import Path, field_at, fields, model_in, nearest, written
from components.config.problems import HIDDEN, Problem

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "dict_type": "a group of `key: value` lines",
    "model_type": "a group of `key: value` lines",
    "path_type": "the path of a file",
}


def problem(error: ErrorDetails, secret_groups: Collection[str]) -> Problem:
    """One validation error; nothing of a group that holds a Pulumi secret is shown."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    hidden = path[0] in secret_groups or _is_secret(path)
    rule, way_out = _words(error, path, hidden)
    # An unknown key is its own mistake; its value may well be a secret under a mistyped name.
    nothing = error["type"] in ("missing", "extra_forbidden")
    found = None if nothing else HIDDEN if hidden else shown(error["input"])
    return Problem(key=f"kubernetes:{written(path)}", rule=rule, way_out=way_out, found=found)


def shown(value: Any) -> str:
    """A value for a message: short, in one line, and never a private key."""
    if isinstance(value, str):
        if "PRIVATE KEY" in value:
            return HIDDEN
        text = " ".join(value.split()) or '""'
        return text if len(text) <= 80 else f"{text[:77]}…"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a group of settings"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return str(value)


def _is_secret(path: Path) -> bool:
    declared = field_at(path)
    return declared is not None and "SecretStr" in str(declared.annotation)


def _words(error: ErrorDetails, path: Path, hidden: bool) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "rule":
        return context["rule"], context["way_out"]
    if kind == "missing":
        return "this setting is required", f"add it, for example {path[-1]}: {_example(path)}"
    if kind == "extra_forbidden":
        return "there is no such setting", nearest(path)
    if kind == "literal_error":
        return _choice(error, path)
    if kind in _KINDS:
        return f"it is {_KINDS[kind]}", _as_kind(kind, None if hidden else error["input"], path)
    return _bound(error), f"for example {path[-1]}: {_example(path)}"


def _choice(error: ErrorDetails, path: Path) -> tuple[str, str]:
    choices = re.findall(r"'([^']*)'", str(error.get("ctx", {})["expected"]))
    close = difflib.get_close_matches(str(error["input"]).lower(), choices, n=1)
    declared = field_at(path)
    usual = declared.default if declared and declared.default in choices else choices[0]
    return f"it is one of {', '.join(choices)}", f"did you mean {close[0]}?" if close else f"write {usual}"


def _bound(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    words = {
        "greater_than_equal": "it is at least {ge}",
        "less_than_equal": "it is at most {le}",
        "string_too_short": "it has at least {min_length} character",
        "string_too_long": "it has at most {max_length} characters",
    }
    pattern = words.get(error["type"])
    return pattern.format(**context) if pattern else error["msg"]


def _as_kind(kind: str, value: Any, path: Path) -> str:
    if kind == "string_type" and isinstance(value, int | float):
        return f'put it in quotes: "{shown(value)}"'
    if kind in ("int_type", "bool_type") and isinstance(value, str):
        return "write it without quotes, as a number" if kind == "int_type" else "write true or false, without quotes"
    if kind == "tuple_type":
        return "begin each of its entries with a dash"
    return f"for example {path[-1]}: {_example(path)}"


def _example(path: Path) -> str:
    declared = field_at(path)
    if declared is None:
        return "…"
    if declared.examples:
        return _yaml(declared.examples[0])
    group = model_in(declared.annotation)
    if group is not None:
        name = next(iter(fields(group)))
        return f"{{{name}: {_example((*path, name))}}}"
    return "…" if declared.default is None or declared.is_required() else _yaml(declared.default)


def _yaml(value: Any) -> str:
    """In YAML's one-line form, which is close to JSON's."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
