"""What machines were told last: read out of the steps that the stack's state holds."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.plan.steps import END_OF_FILE

_STEP = re.compile(r"^STEP=(\S+) MACHINE=(\S+) STAGE=", re.MULTILINE)
_FILE = re.compile(
    rf"^(?:(?P<when>\w+) && )?(?P<command>put|stage) (?P<words>.+?) <<'{END_OF_FILE}' # \w+\n"
    rf"(?P<content>.*?)^{END_OF_FILE}$",
    re.MULTILINE | re.DOTALL,
)
_SETTING = re.compile(r"^(-?)([a-z][^ =]*) *= *(.*?) *$", re.MULTILINE)
# The files of which apply_kernel_settings (prepare.sh) makes kernel settings.
_SETTINGS = re.compile(r"/etc/sysctl\.d/9[0-3]-.*\.conf")
_UNIT = re.compile(r"/etc/systemd/system/([^/]+)\.(service|timer)")
_MANIFEST = re.compile(r"/etc/kubernetes/manifests/([^/]+)\.yaml")
# Packages' own units, by the file that makes the program start them.
_OF_PACKAGES = {"/etc/haproxy/haproxy.cfg": "haproxy", "/etc/keepalived/keepalived.conf": "keepalived"}
OWN_KERNEL = "on_own_kernel"
# Runs when its timer says so.
NOT_ENABLED = "etcd-snapshot.service"
_WRAPPED = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True, kw_only=True)
class AppliedFile:
    """A file that a step put there."""

    path: str
    mode: str
    """In octal, without leading zeros, as `stat` prints it."""
    owner: str
    """uid:gid."""
    content: str
    secret: bool = False
    when: str = ""
    """The function of lib.sh that decides on the machine whether it belongs there."""
    filled_in: bool = False
    """True where words between @ were replaced on the machine."""


@dataclass(kw_only=True)
class Applied:
    """All that one machine was told."""

    files: list[AppliedFile] = field(default_factory=list)
    programs: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """Path → (sha256 of the download, member of the archive or -), one for each architecture."""

    @property
    def units(self) -> list[str]:
        """Names of units, in order."""
        found = [f"{match[1]}.{match[2]}" for file in self.files if (match := _UNIT.fullmatch(file.path))]
        return sorted({*found, *(f"{_OF_PACKAGES[f.path]}.service" for f in self.files if f.path in _OF_PACKAGES)})

    @property
    def settings(self) -> dict[str, tuple[str, str]]:
        """Kernel setting → value, and the function of lib.sh that decides whether it is set there."""
        found = {}
        for file in self.files:
            if _SETTINGS.fullmatch(file.path):
                for optional, key, value in _SETTING.findall(file.content):
                    # One that a machine may refuse is refused in containers: their host's kernel has its own.
                    found[key] = (" ".join(value.split()), file.when or (OWN_KERNEL if optional else ""))
        return found

    @property
    def pods(self) -> list[str]:
        """Names of static pods."""
        return [match[1] for file in self.files if (match := _MANIFEST.fullmatch(file.path))]


def by_machine(state: Mapping[str, Any]) -> dict[str, Applied]:
    """Machine → what its steps told it; `state` is `pulumi stack export --show-secrets`."""
    found: dict[str, Applied] = {}
    for resource in state["deployment"].get("resources", []):
        if resource["type"] == "command:remote:Command":
            inputs = {key: unwrapped(value) for key, value in resource["inputs"].items()}
            _take(found, inputs["create"], inputs.get("stdin", ""))
    return found


def unwrapped(value: Any) -> Any:
    """A secret as the state shows it in clear."""
    return json.loads(value["plaintext"]) if isinstance(value, dict) and _WRAPPED in value else value


def _take(found: dict[str, Applied], text: str, stdin: str) -> None:
    step = _STEP.search(text)
    if step is None:
        return
    applied = found.setdefault(step[2], Applied())
    for match in _FILE.finditer(text):
        words, content = match["words"].split(), match["content"]
        if match["command"] == "put":
            applied.files.append(
                AppliedFile(
                    path=words[0], mode=words[1].lstrip("0"), owner=_owner(words[2]), content=content,
                    when=match["when"] or "",
                )
            )  # fmt: skip
        elif words[0] == "downloads":
            _programs(applied, content)
        elif words[0].startswith("etc/"):
            mode = "600" if _MANIFEST.fullmatch(f"/{words[0]}") else "644"
            applied.files.append(
                AppliedFile(path=f"/{words[0]}", mode=mode, owner="0:0", content=content, filled_in=True)
            )
    if "\nput_secrets\n" in text:
        applied.files += _secrets(stdin)


def _programs(applied: Applied, lines: str) -> None:
    for line in lines.splitlines():
        _, target, _, sum_, member, _ = line.split()
        applied.programs.setdefault(target, set()).add((sum_, member))


def _secrets(stdin: str) -> Iterator[AppliedFile]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(base64.b64decode(stdin)))) as tar:
        content = {one.name: read.read().decode() for one in tar.getmembers() if (read := tar.extractfile(one))}
    for line in content["secrets.list"].splitlines():
        path, mode, owner, *_ = line.split()
        text = content[f"secrets{path}"]
        yield AppliedFile(path=path, mode=mode.lstrip("0"), owner=_owner(owner), content=text, secret=True)


def _owner(text: str) -> str:
    return "0:0" if text == "root:root" else text
