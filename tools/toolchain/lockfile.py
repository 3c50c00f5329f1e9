"""The lock file: every binary and image that a machine may install, by URL and sha256."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.toolchain.errors import ToolchainError
from tools.toolchain.paths import relative

Arch = Literal["amd64", "arm64"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Binary(_Model):
    """A file that machines install; with `members`, an archive of several."""

    name: str
    version: str
    arch: Arch
    url: str
    sha256: Sha256
    members: dict[str, str] | None = None
    """Installed file name → member of the archive; without it the URL is the file itself."""


class Archive(_Model):
    """A docker-archive tar of an image."""

    url: str
    sha256: Sha256


class Image(_Model):
    """An image under the name that manifests use, with archives where there are some."""

    name: str
    version: str
    reference: str
    archives: dict[Arch, Archive] | None = None


class Lock(_Model):
    """A whole lock file."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    kubernetes: list[str]
    """Kubernetes versions for which the lock is complete, newest first."""
    defaults: dict[str, str]
    """Component → the version that a cluster gets unless its settings say otherwise."""
    binaries: list[Binary]
    images: list[Image]


def load(path: Path) -> Lock:
    """Read and check a lock file; ToolchainError says what is wrong with it."""
    try:
        return Lock.model_validate(yaml.safe_load(path.read_text()))
    except FileNotFoundError:
        raise ToolchainError(f"there is no lock file at {relative(path)}: run `make tools`") from None
    except (ValidationError, yaml.YAMLError) as error:
        raise ToolchainError(f"{relative(path)} is not a lock file: {error}") from None


def save(lock: Lock, path: Path, *, comment: str) -> None:
    """Write a lock file with a comment on top, aside first: a reader sees the old one or the new one."""
    data = lock.model_dump(by_alias=True, exclude_none=True)
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    scalars = {key: data[key] for key in ("schema", "kubernetes", "defaults")}
    entries = [_entries(key, data[key]) for key in ("binaries", "images")]
    parts = [yaml.safe_dump(scalars, sort_keys=False), *entries]
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    aside.write_text(head + "".join(parts))
    aside.replace(path)


def _entries(key: str, entries: list[dict[str, object]]) -> str:
    """One entry a line: a change of one file is one changed line in a review."""
    if not entries:
        return f"{key}: []\n"
    rows = (yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, width=10_000).strip() for entry in entries)
    return f"{key}:\n" + "".join(f"- {row}\n" for row in rows)
