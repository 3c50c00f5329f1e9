"""The configuration reference: every setting with its kind, default and meaning, and every rule."""

import inspect
import json
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import jinja2
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from components.config.keys import fields, model_in
from components.config.rules import RULES
from components.config.settings import ClusterConfig

TEMPLATE = Path(__file__).with_name("configuration.md.j2")
KINDS = {
    str: "text",
    int: "number",
    bool: "true or false",
    IPv4Address: "address",
    IPv4Network: "range",
    Path: "file",
    SecretStr: "secret",
}


def reference() -> str:
    """The page in Markdown."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    places: Places = {}
    for model, place in _places(ClusterConfig, ""):
        places.setdefault(model, place)
    groups = [_group(model, place, places) for model, place in places.items()]
    return template.render(groups=groups, rules=_rules())


Places = dict[type[BaseModel], str]
"""Each model and the place where it is first used, which is where it is described."""


def _places(model: type[BaseModel], above: str) -> Iterator[tuple[type[BaseModel], str]]:
    yield model, above
    for name, info in fields(model).items():
        inner = model_in(info.annotation)
        if inner is not None:
            place = f"{above}.{name}" if above else name
            yield from _places(inner, f"{place}[]" if get_origin(info.annotation) is tuple else place)


def _group(model: type[BaseModel], place: str, places: Places) -> dict[str, Any]:
    return {
        "key": place,
        "meaning": inspect.cleandoc(model.__doc__ or ""),
        "rows": [_row(name, info, places) for name, info in fields(model).items()],
    }


def _row(name: str, info: FieldInfo, places: Places) -> dict[str, str]:
    meaning = (info.description or "").replace("|", "\\|")
    if info.examples:
        meaning += f" Example: `{_yaml(info.examples[0])}`."
    return {"name": name, "kind": _kind(info.annotation, places), "default": _default(info), "meaning": meaning}


def _kind(annotation: Any, places: Places) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation in KINDS:
        return KINDS[annotation]
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in parts)
    if origin is tuple:
        return f"list of {_kind(parts[0], places)}"
    if origin is dict:
        return "text by name"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[group](#{re.sub('[^a-z]', '', places[annotation].lower())})"
    # Optional and annotated types: what is inside them.
    return _kind(next(part for part in parts if part is not NoneType), places)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if info.default is None or isinstance(info.default, BaseModel) or info.default in ((), {}):
        return ""
    return f"`{_yaml(info.default)}`"


def _yaml(value: Any) -> str:
    if isinstance(value, bool | int | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value).replace("\n", "\\n")


def _rules() -> dict[str, list[str]]:
    """What each rule's own first sentence says, by the subject that its module names."""
    found: dict[str, list[str]] = {}
    for rule in RULES:
        subject = inspect.cleandoc(getattr(inspect.getmodule(rule), "__doc__", None) or "")
        found.setdefault(subject.rstrip("."), []).append(inspect.cleandoc(rule.__doc__ or "").partition("\n")[0])
    return found
