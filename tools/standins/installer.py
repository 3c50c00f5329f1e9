"""Links the stand-in plugins into Pulumi's plugin folder, in the versions of the SDK packages beside them."""

from __future__ import annotations

import os
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
# Those of the clouds come with requirements-clouds.txt only.
CLOUDS: Final = ("aws", "gcp")
NAMES: Final = ("command", "tls", "random", *CLOUDS)


def install(home: Path) -> list[str]:
    """The stand-ins that Pulumi will use, as NAME VERSION. A plugin that is no stand-in is left alone."""
    plugins = home / "plugins"
    used = []
    for name in NAMES:
        present = _sdk_version(name)
        if present is None:
            continue
        wanted = plugins / f"resource-{name}-v{present}"
        for folder in plugins.glob(f"resource-{name}-v*"):
            if folder != wanted and _is_ours(folder, name):
                shutil.rmtree(folder)
        if not _executable(wanted, name).exists() or _is_ours(wanted, name):
            _link(wanted, name)
            used.append(f"{name} {present}")
    return used


def _sdk_version(name: str) -> str | None:
    """The version of the SDK package. Those of the clouds are there only where a stack needs them."""
    try:
        return version(f"pulumi-{name}")
    except PackageNotFoundError:
        return None


def _executable(folder: Path, name: str) -> Path:
    return folder / f"pulumi-resource-{name}"


def _is_ours(folder: Path, name: str) -> bool:
    return _executable(folder, name).is_symlink()


def _link(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    link = _executable(folder, name)
    aside = link.with_suffix(".new")
    aside.unlink(missing_ok=True)
    # Relative, so that the project can be moved; a link, so that the plugin is always the project's own.
    aside.symlink_to(os.path.relpath(_executable(HERE / name, name), folder.resolve()))
    aside.replace(link)


if __name__ == "__main__":
    cache = Path(os.environ.get("KFS_CACHE") or HERE.parents[1] / ".cache")
    standins = install(Path(os.environ.get("PULUMI_HOME") or cache / "pulumi"))
    if standins:
        print(f"Stand-ins take the place of Pulumi's official plugins (tools/standins): {', '.join(standins)}.")
