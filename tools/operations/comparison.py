"""What differs between what a machine was told and what is there."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from tools.operations.applied import NOT_ENABLED, OWN_KERNEL, Applied, AppliedFile

_BLANK = re.compile(r"@[A-Z_]+@")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as it was put there: a line about it, and for a text the lines that differ."""

    line: str
    lines: tuple[str, ...] = ()


def wanted(applied: Applied) -> str:
    """What inspect.sh has to look at."""
    lines = [f"{'secret' if file.secret else 'file'} {file.path}" for file in applied.files]
    lines += [f"when {name}" for name in sorted({OWN_KERNEL, *(file.when for file in applied.files if file.when)})]
    lines += [f"program {path}" for path in applied.programs]
    lines += [f"unit {unit}" for unit in applied.units]
    lines += [f"setting {key}" for key in applied.settings]
    lines += [f"pod {name}" for name in applied.pods]
    return "".join(f"{line}\n" for line in lines)


def differences(machine: str, applied: Applied, printed: Sequence[str]) -> list[Difference]:
    """All differences on a machine; `printed` is what inspect.sh said."""
    found: dict[tuple[str, str], str] = {}
    for line in printed:
        kind, name, *rest = line.split(maxsplit=2)
        found[kind, name] = rest[0] if rest else ""
    result = list[Difference]()
    for file in applied.files:
        if not file.when or found["when", file.when] == "yes":
            result += _file(machine, file, found["secret" if file.secret else "file", file.path])
    for path, sources in applied.programs.items():
        result += _program(machine, path, sources, found["program", path])
    for unit in applied.units:
        result += _unit(machine, unit, {file.path for file in applied.files}, found["unit", unit])
    for key, (value, when) in applied.settings.items():
        if not when or found["when", when] == "yes":
            result += _equal(f"{machine}: kernel setting {key}", value, found["setting", key])
    for name in applied.pods:
        result += _equal(f"{machine}: static pod {name}", "running", found["pod", name])
    paths = {file.path for file in applied.files}
    strangers = [name for kind, name in found if kind == "manifest" and name not in paths]
    return result + [Difference(line=f"{machine}: {path}: expected nothing; found a file") for path in strangers]


def _equal(what: str, expected: str, found: str) -> Iterator[Difference]:
    if expected != found:
        yield Difference(line=f"{what}: expected {expected}; found {found}")


def _file(machine: str, file: AppliedFile, found: str) -> Iterator[Difference]:
    name = f"{machine}: {file.path}"
    if found == "absent":
        yield Difference(line=f"{name}: expected a file; found none")
        return
    mode, owner, content = [*found.split(), ""][:3]
    yield from _equal(f"{name}: permissions", f"{file.mode} {file.owner}", f"{mode} {owner}")
    if file.secret:
        if hashlib.sha256(file.content.encode()).hexdigest() != content:
            yield Difference(line=f"{name}: another content than was put there (it is secret, and not shown)")
        return
    text = base64.b64decode(content).decode(errors="replace")
    expected = _filled_in(file.content, text) if file.filled_in else file.content
    if expected != text:
        lines = unified_diff(
            expected.splitlines(),
            text.splitlines(),
            f"{name} as it was put there",
            f"{name} as found",
            lineterm="",
            n=2,
        )
        yield Difference(line=f"{name}: another content than was put there", lines=tuple(lines))


def _filled_in(template: str, found: str) -> str:
    """The template with the machine's own words for its blanks, where the rest of the line is as it should be."""
    lines, there = template.splitlines(keepends=True), found.splitlines(keepends=True)
    for number, line in enumerate(lines[: len(there)]):
        if _BLANK.search(line):
            pattern = ".*".join(re.escape(part) for part in _BLANK.split(line))
            if re.fullmatch(pattern, there[number], re.DOTALL):
                lines[number] = there[number]
    return "".join(lines)


def _program(machine: str, path: str, sources: set[tuple[str, str]], found: str) -> Iterator[Difference]:
    name = f"{machine}: {path}"
    if found == "absent":
        yield Difference(line=f"{name}: expected a program; found none")
        return
    _, _, own, *record = found.split()
    if tuple(record[:2]) not in sources:
        yield Difference(line=f"{name}: expected what the lock file has; found that of sha256 {' '.join(record[:1])}")
    # A program out of an archive has no sum in the lock file; fetch.sh wrote its sum down when it installed it.
    elif own != (expected := record[0] if record[1] == "-" else (record[2:] or [own])[0]):
        yield Difference(line=f"{name}: expected sha256 {expected}; found {own}")


def _unit(machine: str, unit: str, paths: set[str], found: str) -> Iterator[Difference]:
    state = dict(word.partition("=")[::2] for word in found.split())
    name = f"{machine}: unit {unit}"
    if unit == NOT_ENABLED:
        if state["ActiveState"] == "failed":
            yield Difference(line=f"{name}: expected the last run to succeed; found that it failed")
    else:
        yield from _equal(name, "active, enabled", f"{state['ActiveState']}, {state['UnitFileState'] or 'not there'}")
    if state["NeedDaemonReload"] == "yes":
        yield Difference(line=f"{name}: expected systemd to know its file; found another one loaded")
    for path in sorted(set(state["DropInPaths"].split(",")) - paths - {""}):
        if path.startswith("/etc/"):
            yield Difference(line=f"{name}: expected nothing in {path}; found a file that changes the unit")
