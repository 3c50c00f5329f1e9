"""What each machine fetches: the lines that `scripts/fetch.sh` reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from components.config.problems import ConfigError
from components.plan.lock import Arch, Lock
from components.plan.model import Cluster, Member

CNI_FOLDER = "/opt/cni/bin"
PROGRAM_FOLDER = "/usr/local/bin"


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """Where files come from: the lock, the base URL of a mirror (None: upstream's own URLs), image archives or a
    registry."""

    lock: Lock
    mirror: str | None
    archives: bool
    served_folder: str | None = None
    """The folder, relative to the project, that a local mirror serves."""

    @property
    def mirror_address(self) -> str:
        """The address of the local mirror that serves `served_folder`."""
        return (self.mirror or "").removeprefix("http://")

    def url(self, upstream: str) -> str:
        """The address of a file: a mirror has https://HOST/PATH as BASE/HOST/PATH."""
        return upstream if self.mirror is None else f"{self.mirror.rstrip('/')}/{upstream.removeprefix('https://')}"


@dataclass(frozen=True, kw_only=True)
class Program:
    """A file to install: `part` gives its version, `unit` is what must start anew when it changes ("-": nothing)."""

    name: str
    part: str
    unit: str = "-"
    folder: str = PROGRAM_FOLDER


def programs(cluster: Cluster, machine: Member) -> Iterator[Program]:
    """The programs of that machine; what its start needs first comes first."""
    for name in ("containerd", "containerd-shim-runc-v2", "ctr"):
        yield Program(name=name, part="containerd", unit="containerd" if name == "containerd" else "-")
    yield Program(name="runc", part="runc")
    yield Program(name="kubelet", part="kubernetes", unit="kubelet")
    if machine.role == "control-plane":
        yield Program(name="kubectl", part="kubernetes")
        yield Program(name="etcdctl", part="etcd")
        yield Program(name="etcdutl", part="etcd")
    if cluster.network_mode != "manifests":
        yield from (
            Program(name=name, part="cni-plugins", folder=CNI_FOLDER) for name in ("host-local", "portmap", "loopback")
        )
        if cluster.network_policy == "none":
            yield Program(name="bridge", part="cni-plugins", folder=CNI_FOLDER)
    if cluster.network_policy == "calico":
        yield Program(name="calico", part="calico", folder=CNI_FOLDER)
        yield Program(name="calico-node", part="calico", unit="calico-felix")
    yield Program(name="kube-proxy", part="kubernetes", unit="kube-proxy")


def binary_lines(cluster: Cluster, machine: Member, artifacts: Artifacts) -> str:
    """Lines "ARCH TARGET URL SHA256 MEMBER UNIT", for every architecture that the lock has."""
    lines = []
    for arch in get_args(Arch):
        try:
            lines += [_binary_line(program, arch, machine, artifacts) for program in programs(cluster, machine)]
        except ConfigError:
            if arch == "amd64":
                raise
    return "".join(lines)


def _binary_line(program: Program, arch: Arch, machine: Member, artifacts: Artifacts) -> str:
    lock = artifacts.lock
    version = machine.kubernetes_version if program.part == "kubernetes" else lock.default(program.part)
    file = lock.binary(program.name, version, arch)
    target = f"{program.folder}/{program.name}"
    return f"{arch} {target} {artifacts.url(file.url)} {file.sha256} {file.member or '-'} {program.unit}\n"


CSI_ON_NODES = ("-csi-driver", "csi-node-driver-registrar")
CSI_ON_CONTROL_PLANES = (*CSI_ON_NODES, "csi-provisioner", "csi-attacher", "csi-resizer")
CONTROL_PLANE_IMAGES = ("pause", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def machine_images(cluster: Cluster, machine: Member) -> tuple[str, ...]:
    """The images that the machine may have to run, in the order it needs them."""
    workloads = (
        "agnhost",
        *(("metrics-server",) if cluster.metrics_server else ()),
        *(("local-path-provisioner", "busybox") if cluster.local_volumes else ()),
    )
    if machine.role == "node":
        return ("pause", "coredns", *workloads, *(name for name in cluster.images if name.endswith(CSI_ON_NODES)))
    return (
        *CONTROL_PLANE_IMAGES,
        # DNS runs on control planes only where there are fewer nodes than replicas (see coredns.yaml.j2).
        *(("coredns",) if cluster.node_count < cluster.dns_replicas else ()),
        *(() if cluster.node_count else workloads),
        *(name for name in cluster.images if name.endswith(("-cloud-controller-manager", *CSI_ON_CONTROL_PLANES))),
    )


def image_lines(cluster: Cluster, machine: Member, artifacts: Artifacts) -> str:
    """Lines "ARCH NAME URL SHA256" of the archives to load; none where containerd pulls from a registry."""
    if not artifacts.archives:
        return ""
    lock, lines = artifacts.lock, []
    for name in machine_images(cluster, machine):
        version = cluster.kubernetes_version if name.startswith("kube-") else lock.default(name)
        for arch, archive in lock.image(name, version).archives.items():
            lines.append(f"{arch} {cluster.images[name]} {artifacts.url(archive.url)} {archive.sha256}\n")
    return "".join(lines)
