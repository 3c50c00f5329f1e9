"""Puts releases on the local server as upstream publishes them: files, sum files, images."""

import gzip
import hashlib
import io
import json
import tarfile
from typing import get_args

from components.plan.lock import Arch
from tests.toolchain.upstream_server import UpstreamServer
from tools.toolchain.catalog import Catalog


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tar_gz(files: dict[str, bytes]) -> bytes:
    """An archive of executables."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o755
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), compresslevel=1, mtime=0)


def publish_kubernetes(server: UpstreamServer, version: str) -> None:
    """dl.k8s.io: a file and NAME.sha256 with the bare sum beside it."""
    for name in ("kubelet", "kube-proxy", "kubectl", "kubeadm"):
        for arch in get_args(Arch):
            path = f"dl.k8s.io/release/v{version}/bin/linux/{arch}/{name}"
            content = f"#!/bin/sh\necho {name} {version} {arch}\n".encode()
            server.files |= {path: content, f"{path}.sha256": sha256(content).encode()}


def publish_companions(server: UpstreamServer, sources: Catalog) -> None:
    """GitHub's releases, each with the kind of sum file that the project has; Calico's images on quay.io."""
    versions = sources.versions
    etcd, containerd, runc = versions["etcd"], versions["containerd"], versions["runc"]
    cni = versions["cni-plugins"]
    github = "github.com"
    etcd_release = f"{github}/etcd-io/etcd/releases/download/v{etcd}"
    runc_release = f"{github}/opencontainers/runc/releases/download/v{runc}"
    etcd_sums, runc_sums = [], []
    for arch in get_args(Arch):
        file = f"etcd-v{etcd}-linux-{arch}.tar.gz"
        content = f"etcd {arch}".encode()
        server.files[f"{etcd_release}/{file}"] = content
        etcd_sums.append(f"{sha256(content)}  {file}")
        content = f"runc {arch}".encode()
        server.files[f"{runc_release}/runc.{arch}"] = content
        runc_sums.append(f"{sha256(content)} *runc.{arch}")
        release = f"{github}/containerd/containerd/releases/download/v{containerd}"
        path = f"{release}/containerd-{containerd}-linux-{arch}.tar.gz"
        content = f"containerd {arch}".encode()
        server.files |= {path: content, f"{path}.sha256sum": f"{sha256(content)}  {path.split('/')[-1]}\n".encode()}
        path = f"{github}/containernetworking/plugins/releases/download/v{cni}/cni-plugins-linux-{arch}-v{cni}.tgz"
        content = f"cni {arch}".encode()
        server.files |= {path: content, f"{path}.sha256": f"{sha256(content)}  {path.split('/')[-1]}\n".encode()}
    server.files[f"{etcd_release}/SHA256SUMS"] = "\n".join(etcd_sums).encode()
    server.files[f"{runc_release}/runc.sha256sum"] = "\n".join(runc_sums).encode()
    calico = versions["calico"]
    publish_image(server, f"quay.io/calico/node:v{calico}", [{"etc/os-release": b""}, {"usr/bin/calico-node": b"node"}])
    publish_image(server, f"quay.io/calico/cni:v{calico}", [{"opt/cni/bin/calico": b"cni"}, {"licenses/LICENSE": b""}])


def publish_image(server: UpstreamServer, reference: str, layers: list[dict[str, bytes]]) -> None:
    """An image of several layers for every architecture, as a registry's API gives it."""
    host, rest = reference.split("/", 1)
    name, tag = rest.rsplit(":", 1)
    base = f"{host}/v2/{name}"
    platforms = []
    for arch in get_args(Arch):
        entries = []
        for files in layers:
            blob = tar_gz({name: content + b" " + arch.encode() for name, content in files.items()})
            server.files[f"{base}/blobs/sha256:{sha256(blob)}"] = blob
            entries.append({"digest": f"sha256:{sha256(blob)}"})
        manifest = json.dumps({"layers": entries}).encode()
        digest = f"sha256:{sha256(manifest)}"
        server.files[f"{base}/manifests/{digest}"] = manifest
        platforms.append({"digest": digest, "platform": {"os": "linux", "architecture": arch}})
    server.files[f"{base}/manifests/{tag}"] = json.dumps({"manifests": platforms}).encode()
