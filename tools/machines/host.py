"""What this computer allows a container: kind of cgroups, limits, kernel modules."""

from __future__ import annotations

import os
from pathlib import Path

# The host's own limits of open files and processes: podman's defaults are higher than some hosts allow.
LIMIT_OPTIONS = ["--ulimit=host"]


def has_pure_cgroup_v2() -> bool:
    """True on hosts where cgroup v2 is the only hierarchy; false on v1 and hybrid ones."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def init_options() -> list[str]:
    """Podman options with which systemd can be the first process of a privileged container.

    On cgroup v1 and hybrid hosts `--systemd=always` mounts the host's systemd hierarchy over the private one, and the
    kubelet then misses its own groups; so podman's systemd mode stays off and its mounts are made here (measured on a
    hybrid host, podman 4.3). On pure v2 podman's own mode does it all (by podman's documentation: not measured).
    """
    if has_pure_cgroup_v2():
        return ["--systemd=always", "--cgroupns=private"]
    return [
        "--systemd=false",
        "--cgroupns=private",
        "--tmpfs=/run:exec,mode=755",
        "--tmpfs=/run/lock",
        "--tmpfs=/tmp",
        "--stop-signal=RTMIN+3",
    ]


def module_options() -> list[str]:
    """The host's kernel modules, so that `modprobe` works in machines; nothing where the kernel has none."""
    directory = f"/lib/modules/{os.uname().release}"
    return [f"--volume={directory}:{directory}:ro"] if Path(directory).is_dir() else []
