"""Build groups: a thin Go module each below modules/, with a group.yaml that says what is made of it."""

import hashlib
import platform
import re
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict

from components.plan.lock import Arch
from tools.toolchain import debian
from tools.toolchain.errors import ToolchainError
from tools.toolchain.paths import BUILD

MODULES = Path(__file__).with_name("modules")
OTHERS = BUILD / "modules"
"""Modules of further Kubernetes versions, made on this computer (another.py)."""

_ARCHES: dict[str, Arch] = {"x86_64": "amd64", "aarch64": "arm64"}


def host_arch() -> Arch:
    """This computer's architecture by Go's name: what is built here runs on machines of the same."""
    try:
        return _ARCHES[platform.machine()]
    except KeyError:
        raise ToolchainError(f"expected an x86_64 or aarch64 computer, found {platform.machine()}") from None


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Build(_Model):
    """One run of the compiler."""

    binaries: dict[str, str]
    """File name → Go package, or C source for `c_source`."""
    tags: list[str] = []
    stamps: dict[str, str] = {}
    """Go variable → text that the linker puts there; {version}, {major} and {minor} are replaced."""
    link: list[str] = []
    """Further flags for the linker."""
    cgo: bool = False
    c_source: bool = False


class ModuleFile(_Model):
    """A file that a Go module carries and that needs no compiler."""

    module: str
    path: str


class ImageSpec(_Model):
    """An image of one layer."""

    name: str
    reference: str
    files: dict[str, str] = {}
    """Path in the image → binary of the group."""
    links: dict[str, str] = {}
    """Path in the image → target of the symbolic link."""
    debian: list[str] = []
    """Packages of the distribution that are unpacked into the image, with what they depend on."""
    entrypoint: list[str] = []
    command: list[str] = []
    user: str = ""


class Group(_Model):
    """What group.yaml says, with the version that go.mod pins."""

    name: str
    folder: Path
    version: str
    builds: list[Build] = []
    files: dict[str, ModuleFile] = {}
    """File name → where it is taken from."""
    host: list[str] = []
    """Binaries that this computer needs too."""
    mirror: dict[str, str] = {}
    """Binary → the URL under which machines fetch it; {version} and {arch} are replaced."""
    images: list[ImageSpec] = []

    @classmethod
    def load(cls, folder_name: str, modules: Path | None = None) -> Self:
        """Read MODULES/FOLDER/group.yaml; MODULES are those of the project by default.

        The version is `version`, the one of the distribution's package `debian_version`, or the one that go.mod pins
        for `module`.
        """
        folder = (modules or MODULES) / folder_name
        data = yaml.safe_load((folder / "group.yaml").read_text())
        module = data.pop("module", None)
        package = data.pop("debian_version", None)
        if package:
            data["version"] = debian.version(package)
        elif "version" not in data:
            data["version"] = _pinned_version(folder / "go.mod", module)
        return cls.model_validate({"name": folder_name, "folder": folder} | data)

    @property
    def output(self) -> Path:
        """Where the group's binaries are put."""
        return BUILD / self.folder.name

    def fill(self, text: str) -> str:
        """Replace {version}, {major}, {minor} and {arch}."""
        major, minor = [*self.version.split("."), "0"][:2]
        return text.format(version=self.version, major=major, minor=minor, arch=host_arch())

    def key(self) -> str:
        """Digest of everything that decides what is built: the folder's files, the version, the architecture."""
        digest = hashlib.sha256(f"{host_arch()} {self.version}".encode())
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(self.folder)}\0".encode() + path.read_bytes())
        return digest.hexdigest()


def _pinned_version(go_mod: Path, module: str) -> str:
    found = re.search(rf"^(?:require )?\t?{re.escape(module)} v(\S+)", go_mod.read_text(), re.MULTILINE)
    if not found:
        raise ToolchainError(f"{go_mod} does not require {module}, the module that group.yaml names")
    return found[1]
