"""The files that a machine gets before kubeadm runs, as one tar."""

from __future__ import annotations

import io
import secrets
import tarfile
from pathlib import Path
from typing import Any

import jinja2

from ..fleet import Fleet, Machine
from ..lock import Artifact, Lock

TREE = Path(__file__).resolve().parent / "files"
CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap")
NODE_BINARIES = ("kubelet", "kubeadm", "containerd", "ctr", "containerd-shim-runc-v2", "runc")
# A machine imports only the images that it runs; CoreDNS may be scheduled anywhere.
NODE_IMAGES = ("pause", "kube-proxy", "coredns")
CONTROL_PLANE_IMAGES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
# The configuration of a container's kernel and the host's swap are not ours to set.
IGNORED_PREFLIGHT_ERRORS = "SystemVerification, Swap"


def token() -> str:
    """A fresh bootstrap token."""
    return f"{secrets.token_hex(3)}.{secrets.token_hex(8)}"


def archive(machine: Machine, fleet: Fleet, lock: Lock, bootstrap_token: str) -> bytes:
    """All files of the machine: units, configuration, scripts, what to download, routes to other machines' pods."""
    values = {
        "machine": machine,
        "control_plane": fleet.control_plane,
        "pod_range": machine.pod_range,
        "versions": lock.versions,
        "pause_image": lock.references["pause"],
        "token": bootstrap_token,
        "ignored_preflight_errors": IGNORED_PREFLIGHT_ERRORS,
    }
    files = {path.relative_to(TREE): _content(path, values) for path in TREE.rglob("*") if path.is_file()}
    files[Path("opt/bench/downloads")] = _downloads(machine, fleet, lock)
    others = [other for other in fleet.machines if other != machine]
    files[Path("opt/bench/routes")] = "".join(f"{other.pod_range} {other.address}\n" for other in others)
    return _tar(files)


def _downloads(machine: Machine, fleet: Fleet, lock: Lock) -> str:
    is_control_plane = machine == fleet.control_plane
    binaries = (*NODE_BINARIES, "kubectl") if is_control_plane else NODE_BINARIES
    images = (*CONTROL_PLANE_IMAGES, *NODE_IMAGES) if is_control_plane else NODE_IMAGES
    wanted: list[tuple[Artifact, str]] = [
        *((lock.binaries[name], f"/usr/local/bin/{name}") for name in binaries),
        *((lock.binaries[name], f"/opt/cni/bin/{name}") for name in CNI_PLUGINS),
        *((lock.images[name], f"/opt/bench/images/{name}.tar") for name in images),
    ]
    return "".join(f"{artifact.sha256} {path} {fleet.mirror}/{artifact.path}\n" for artifact, path in wanted)


def _content(path: Path, values: dict[str, Any]) -> str:
    text = path.read_text()
    if path.suffix != ".j2":
        return text
    template = jinja2.Template(text, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return str(template.render(values))


def _tar(files: dict[Path, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(str(path).removesuffix(".j2"))
            member.mode = 0o755 if text.startswith("#!") else 0o644
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()
