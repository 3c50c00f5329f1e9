"""Keys as users write them: from pydantic's paths, and back to the declarations they lead to."""

import difflib
import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components.config.settings import ClusterConfig

Path = tuple[int | str, ...]
"""The way to a value: ("machines", 2, "address")."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def written(path: Path) -> str:
    """("machines", 2, "labels", "a/b") → `machines[2].labels["a/b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]' if text else part
    return text


def parsed(key: str) -> Path:
    """`machines[2].address` → ("machines", 2, "address"); for keys of declared settings only."""
    return tuple(int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", key))


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields by the names used in stack files."""
    return {str(info.alias): info for info in model.model_fields.values()}


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation holds: `Network`, `tuple[Machine, ...]` and `Bastion | None` hold one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := model_in(part))), None)


def field_at(path: Path) -> FieldInfo | None:
    """The declaration of the setting at `path`; None for what is not declared, like a label's key."""
    model: type[BaseModel] | None = ClusterConfig
    found = None
    for part in path:
        if isinstance(part, int):
            continue
        if model is None:
            return None
        found = fields(model).get(part)
        model = model_in(found.annotation) if found else None
    return found


def nearest(path: Path) -> str:
    """What was probably meant by an unknown key: one of the same group, or the same name in another place."""
    *group, name = path
    known = list(fields(_group(tuple(group))))
    lower = {key.lower(): key for key in known}
    close = difflib.get_close_matches(str(name).lower(), lower, n=1)
    if close:
        return f"did you mean {lower[close[0]]}?"
    elsewhere = [place for place in places() if place.rpartition(".")[2].lower() == str(name).lower()]
    if elsewhere:
        # What is said once for the whole cluster is likelier meant than what each entry of a list says.
        return f"did you mean {min(elsewhere, key=lambda place: place.count('[]'))}?"
    return f"remove it; known here: {', '.join(known)}"


def places(model: type[BaseModel] = ClusterConfig, above: str = "") -> Iterator[str]:
    """Every declared setting, as `network.podRange` or `machines[].name`."""
    for name, info in fields(model).items():
        place = f"{above}.{name}" if above else name
        yield place
        inner = model_in(info.annotation)
        if inner is not None:
            yield from places(inner, f"{place}[]" if "tuple" in str(info.annotation) else place)


def _group(path: Path) -> type[BaseModel]:
    found = field_at(path)
    inner = model_in(found.annotation) if found else None
    return inner or ClusterConfig
