"""The lock file: which versions there are, where their files come from, and the sha256 of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.config.problems import ConfigError, Problem

Arch = Literal["amd64", "arm64"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Archive(_Entry):
    """An image archive, as `ctr images import` takes it."""

    url: str
    sha256: Sha256


class Binary(_Entry):
    """A download: one file, or an archive whose `members` maps file names to their paths inside it."""

    name: str
    version: str
    arch: Arch
    url: str
    sha256: Sha256
    members: Mapping[str, str] | None = None
    note: str | None = None


class Image(_Entry):
    """A container image; `archives` by architecture, where there are some."""

    name: str
    version: str
    reference: str
    archives: Mapping[Arch, Archive] = {}
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Download:
    """How to get one file: fetch `url`, check `sha256`, take `member` out of the archive (None: it is the file)."""

    url: str
    sha256: str
    member: str | None


class Lock(_Entry):
    """The lock file's content."""

    schema_version: Literal[1] = Field(alias="schema")
    kubernetes: tuple[str, ...] = Field(min_length=1)
    defaults: Mapping[str, str]
    binaries: tuple[Binary, ...]
    images: tuple[Image, ...]

    def default(self, name: str) -> str:
        """The version of a part that is used unless a setting says otherwise."""
        if name not in self.defaults:
            raise _absent(f"a default version of {name}", sorted(self.defaults))
        return self.defaults[name]

    def binary(self, name: str, version: str, arch: Arch) -> Download:
        """How to get the file `name`, be it a download of its own or a member of an archive."""
        for entry in self.binaries:
            if (entry.version, entry.arch) != (version, arch):
                continue
            if entry.members is None and entry.name == name:
                return Download(url=entry.url, sha256=entry.sha256, member=None)
            if entry.members is not None and name in entry.members:
                return Download(url=entry.url, sha256=entry.sha256, member=entry.members[name])
        there = [
            f"{entry.version} ({entry.arch})" for entry in self.binaries if name in (entry.members or [entry.name])
        ]
        raise _absent(f"the binary {name} {version} for {arch}", there)

    def image(self, name: str, version: str) -> Image:
        """The image of that name and version."""
        for entry in self.images:
            if (entry.name, entry.version) == (name, version):
                return entry
        raise _absent(f"the image {name} {version}", [entry.version for entry in self.images if entry.name == name])


def _absent(what: str, there: list[str]) -> ConfigError:
    has = f"it has {', '.join(dict.fromkeys(there))}" if there else "it has nothing of that name"
    return ConfigError(
        [
            Problem(
                key="the lock file",
                rule=f"it names every file that machines fetch; {what} is not in it ({has})",
                way_out="complete it: `make lock VERSION=…`; or `make tools`, and `binaries: {source: toolchain}`",
            )
        ]
    )


def read_lock(path: Path) -> Lock:
    """Read a lock file; ConfigError if it is absent or not of the schema."""
    again = "make it anew: `make tools` for a mirror's lock, `make lock VERSION=…` for upstream's"
    try:
        return Lock.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        reason = f"a lock file that can be read ({error.strerror})"
    except yaml.YAMLError as error:
        reason = f"a lock file in YAML ({' '.join(str(error).split())})"
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = f"a lock file of schema 1 ({place or 'top'}: {first['msg']}; {error.error_count()} in all)"
    raise ConfigError([Problem(key=str(path), rule=reason, way_out=again)])
