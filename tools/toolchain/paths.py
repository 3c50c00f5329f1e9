"""Where set-up puts things: everything that is made lives in one folder that git ignores."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""

CACHE = Path(os.environ.get("KFS_CACHE") or ROOT / ".cache").absolute()
"""Everything made: `.cache` of the project, or the folder that KFS_CACHE names."""

BIN = CACHE / "bin"
"""Programs for this computer: pulumi, its language host, kubectl."""

BUILD = CACHE / "build"
"""What the build groups made, a folder each."""

MIRROR = CACHE / "mirror"
"""Web root of the artifact mirror: https://HOST/PATH is the file HOST/PATH below it."""

PULUMI_HOME = CACHE / "pulumi"

ARTIFACTS = CACHE / "artifacts.yaml"
"""What the probe decided: where machines get their binaries and images from."""

UPSTREAM_LOCK = ROOT / "components" / "lock" / "upstream.yaml"
"""The reviewed lock file of upstream's releases."""


def relative(path: Path) -> str:
    """The path as a user types it in the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
