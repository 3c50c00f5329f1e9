"""Every mistake at once: what is wrong is taken out, so that the rules can still be put to what is left."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.config.keys import Path
from components.config.settings import ClusterConfig

# Stand-ins for what can't be left out; the rules leave out what would judge them.
_REQUIRED: dict[str, Any] = {"clusterName": "unnamed", "provider": "bare-metal", "machines": []}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Settings of which every single value is sound.

    `errors` are those of the original; `unsound` the paths that had to go; `positions` says, for each list of the top
    level, which entry of the original each entry is.
    """

    config: ClusterConfig
    errors: tuple[ErrorDetails, ...]
    unsound: frozenset[Path]
    positions: dict[str, tuple[int, ...]]


def check(data: dict[str, Any]) -> Checked:
    """Validate; take out what is wrong and validate the rest until it is sound."""
    rest = copy.deepcopy(data)
    positions = {name: list(range(len(value))) for name, value in rest.items() if isinstance(value, list)}
    first: tuple[ErrorDetails, ...] | None = None
    unsound: set[Path] = set()
    while True:
        try:
            config = ClusterConfig.model_validate(rest, by_alias=True, by_name=False)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            first = tuple(errors) if first is None else first
            for path in _outermost(_target(found) for found in errors):
                unsound.add(_original(path, positions))
                _remove(rest, path, positions)
        else:
            found_in = {name: tuple(entries) for name, entries in positions.items()}
            return Checked(config=config, errors=first or (), unsound=frozenset(unsound), positions=found_in)


def _target(error: ErrorDetails) -> Path:
    """What has to go: the value itself, the group that lacks a value, the whole list inside an entry."""
    path: Path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "missing" and len(path) > 1 and not _is_machine_name(path):
        path = path[:-1]
    while len(path) > 2 and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _is_machine_name(path: Path) -> bool:
    return len(path) == 3 and path[0] == "machines" and path[2] == "name"


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Without those below another one; later entries of a list first, so that removing one moves no other."""
    chosen = set(paths)
    outer = [path for path in chosen if not any(path[:depth] in chosen for depth in range(1, len(path)))]
    return sorted(outer, key=_order, reverse=True)


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((part, "") if isinstance(part, int) else (-1, part) for part in path)


def _original(path: Path, positions: dict[str, list[int]]) -> Path:
    if len(path) > 1 and isinstance(path[1], int):
        name = str(path[0])
        return (name, positions[name][path[1]], *path[2:])
    return path


def _remove(rest: dict[str, Any], path: Path, positions: dict[str, list[int]]) -> None:
    *above, last = path
    holder: Any = rest
    for part in above:
        holder = holder[part]
    if not above and last in _REQUIRED:
        holder[last] = _REQUIRED[str(last)]
        positions.pop(str(last), None)
        return
    if _is_machine_name(path):
        # Without its name it still has an address that may be wrong.
        holder[last] = f"unnamed-{path[1]}"
        return
    del holder[last]
    if len(above) == 1 and isinstance(last, int):
        positions[str(above[0])].pop(last)
