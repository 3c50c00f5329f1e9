"""What this computer allows a container: kind of cgroups, limits, kernel modules."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# All machines share one user's inotify instances. A machine takes about 15, and many hosts allow 128.
INOTIFY_INSTANCES = 8192
# The host's own limits of open files and processes: podman's defaults are higher than some hosts allow.
LIMIT_OPTIONS = ["--ulimit=host"]


def has_pure_cgroup_v2() -> bool:
    """True on hosts where cgroup v2 is the only hierarchy; false on v1 and hybrid ones."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def as_root(*command: str) -> list[str]:
    """The command, with sudo where we are not root."""
    return list(command) if os.geteuid() == 0 else ["sudo", "-n", *command]


def raise_limits() -> None:
    """Let the kernel have enough inotify instances for several machines; never lowers what the host has set."""
    if int(Path("/proc/sys/fs/inotify/max_user_instances").read_text()) < INOTIFY_INSTANCES:
        setting = f"fs.inotify.max_user_instances={INOTIFY_INSTANCES}"
        subprocess.run(as_root("sysctl", "--quiet", "--write", setting), check=False, stdin=subprocess.DEVNULL)


def cgroup_manager() -> str:
    """Who makes podman's groups: systemd where it owns a pure v2 hierarchy (podman's default there), else podman."""
    return "systemd" if has_pure_cgroup_v2() and Path("/run/systemd/system").is_dir() else "cgroupfs"


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
