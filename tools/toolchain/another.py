"""`make artifacts VERSION=1.35.4`: another Kubernetes version for the mirror, so that a cluster can be upgraded; or
`PART=NAME`: a part that the mirror has on request only.

Run as a module: python -m tools.toolchain.another VERSION-OR-PART. Where upstream's release hosts answer, a version is
added by `make lock`.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.toolchain import golang, mirror
from tools.toolchain.errors import ToolchainError, report
from tools.toolchain.golang import Go
from tools.toolchain.group import MODULES, OTHERS, Build, Group
from tools.toolchain.progress import Ticker, say

KUBERNETES = "k8s.io/kubernetes"
_VERSION = re.compile(r"1\.(\d+)\.(\d+)")


def add(version: str) -> None:
    """Build the version from Go modules, beside the default one, or the part, and serve it."""
    if version in mirror.ON_REQUEST:
        mirror.make((*mirror.ORDER, version))
        return
    if not _VERSION.fullmatch(version):
        raise ToolchainError(
            f"expected a Kubernetes version like 1.35.4, found {version!r}: make artifacts VERSION=1.35.4"
        )
    if version != Group.load("kubernetes").version:
        folder = OTHERS / f"kubernetes-{version}"
        if not folder.is_dir():
            _make_module(version, golang.find())
        say("artifacts", f"Kubernetes {version}: about ten minutes on two idle cores, unless it is built already")
    mirror.make()


def _make_module(version: str, go: Go) -> None:
    """A module as modules/kubernetes is, for that version; what it needs is looked up by Go."""
    folder = OTHERS / f"kubernetes-{version}"
    aside = OTHERS / f"{folder.name}.new"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    shutil.copyfile(MODULES / "kubernetes" / "group.yaml", aside / "group.yaml")
    (aside / "go.mod").write_text(_go_mod(version, go))
    builds = Group.load("kubernetes").builds
    with Ticker("artifacts", f"looking up what Kubernetes {version} is made of"):
        # With the version: without one Go takes the newest.
        _run(go, aside, "get", "-tool", *(f"{package}@v{version}" for package in _packages(builds)))
    aside.rename(folder)


def _packages(builds: list[Build]) -> list[str]:
    return [package for build in builds for package in build.binaries.values()]


def _go_mod(version: str, go: Go) -> str:
    """Kubernetes' own module replaces its parts by folders: here each is the module of the same version."""
    found = json.loads(_run(go, OTHERS, "mod", "download", "-json", f"{KUBERNETES}@v{version}"))
    own = Path(found["GoMod"]).read_text()
    parts = re.findall(r"^\s*(?:replace )?(k8s\.io/\S+) => \./staging/", own, re.MULTILINE) or re.findall(
        r"^\t(k8s\.io/\S+) v0\.0\.0(?:-\S+)?$", own, re.MULTILINE
    )
    language = re.search(r"^go (\S+)$", own, re.MULTILINE)
    defaults = re.search(r"^godebug default=(\S+)$", own, re.MULTILINE)
    lines = [
        f"module kubernetes-from-scratch.internal/kubernetes-{version}",
        f"go {language[1] if language else '1.25.0'}",
        *([f"godebug default={defaults[1]}"] if defaults else []),
        f"require {KUBERNETES} v{version}",
        *(f"replace {part} => {part} v0{version[1:]}" for part in parts),
    ]
    return "\n\n".join(lines) + "\n"


def _run(go: Go, folder: Path, *arguments: str) -> str:
    environment = go.environment() | {"GOFLAGS": "-modcacherw"}
    run = subprocess.run(
        [go.command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise ToolchainError(f"`go {' '.join(arguments[:2])}` failed: {run.stderr.strip()[-2000:]}")
    return run.stdout


if __name__ == "__main__":
    with report():
        add(sys.argv[1] if len(sys.argv) > 1 else "")
