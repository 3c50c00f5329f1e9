"""How this computer gets Debian packages: its mirror and proxy, for building the image and for `apt-get` in machines.

The image itself names Debian's public servers only. A private mirror or proxy is used while building, and put into
each machine when it is made (`machine create`), so that it is never part of an image that may be passed on. Settings
with credentials go nowhere.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

SUITE = "bookworm"
PUBLIC_MIRROR = "http://deb.debian.org/debian"
PUBLIC_SECURITY_MIRROR = "http://deb.debian.org/debian-security"
CARRIED_SETTINGS = re.compile(r"Acquire::(http|https|Retries|Check-Valid-Until|Check-Date|ForceIPv[46])\b")
CREDENTIALS = re.compile(r"://[^/\s]*@")
HOST_SETTINGS_FILE = "90host"


def host_settings() -> str:
    """The host's apt settings for proxies, dates and retries, as an apt.conf file."""
    lines = _output("apt-config", "dump").splitlines()
    return "".join(f"{line}\n" for line in lines if CARRIED_SETTINGS.match(line) and not CREDENTIALS.search(line))


def sources() -> str:
    """A sources.list for the image's release: the host's mirrors where the host is a Debian, else the public ones."""
    mirror, security = PUBLIC_MIRROR, PUBLIC_SECURITY_MIRROR
    if _is_debian():
        targets = _output("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)")
        for uri, release, component in (target.split(" ") for target in targets.splitlines()):
            if component != "main" or CREDENTIALS.search(uri) or not uri.startswith("http"):
                continue
            if release.endswith("-security"):
                security = uri.rstrip("/")
            elif re.fullmatch(r"[a-z]+", release) and uri.rstrip("/").endswith("/debian"):
                mirror = uri.rstrip("/")
    return f"deb {mirror} {SUITE} main\ndeb {mirror} {SUITE}-updates main\ndeb {security} {SUITE}-security main\n"


def save(directory: Path) -> None:
    """Keep both where `machine create` finds them: asking apt takes a second."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "sources.list").write_text(sources())
    (directory / HOST_SETTINGS_FILE).write_text(host_settings())


def machine_files(directory: Path) -> dict[str, str]:
    """Path in the machine → content, of what `save` kept; nothing if it never ran."""
    wanted = {"etc/apt/sources.list": "sources.list", f"etc/apt/apt.conf.d/{HOST_SETTINGS_FILE}": HOST_SETTINGS_FILE}
    return {path: (directory / name).read_text() for path, name in wanted.items() if (directory / name).exists()}


def _is_debian() -> bool:
    return re.search(r"^ID=debian$", Path("/etc/os-release").read_text(), re.MULTILINE) is not None


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout
