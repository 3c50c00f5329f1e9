"""Settings that are right, and ways to make one thing wrong in them."""

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from components.config.keys import parsed
from components.config.loader import load_config
from components.config.previous import PreviousCluster
from components.config.problems import ConfigError, Problem
from components.config.settings import ClusterConfig
from components.plan.lock import Lock

DROP = object()
"""Takes a setting out."""

SUM = "0" * 64
LOCK = Lock.model_validate(
    {
        "schema": 1,
        "kubernetes": ["1.36.3", "1.36.1", "1.35.4", "1.32.9"],
        "defaults": {
            "kubernetes": "1.36.3",
            "etcd": "3.6.16",
            "aws-cloud-controller-manager": "1.36.0",
            "gcp-cloud-controller-manager": "35.0.0",
            "aws-ebs-csi-driver": "1.63.1",
            "gcp-compute-persistent-disk-csi-driver": "1.15.4",
        },
        "binaries": [
            {
                "name": "kubelet",
                "version": "1.36.3",
                "arch": "amd64",
                "url": "https://dl.k8s.io/kubelet",
                "sha256": SUM,
            },
            {
                "name": "containerd",
                "version": "2.3.4",
                "arch": "amd64",
                "url": "https://github.com/containerd.tar.gz",
                "sha256": SUM,
                "members": {"containerd": "bin/containerd", "ctr": "bin/ctr"},
            },
        ],
        "images": [
            {
                "name": "etcd",
                "version": "3.6.16",
                "reference": "registry.k8s.io/etcd:v3.6.16",
                "archives": {"amd64": {"url": "https://x/etcd.tar", "sha256": SUM}},
            }
        ],
    }
)


@cache
def private_key() -> str:
    """An OpenSSH private key without a passphrase."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


@cache
def host_key(seed: int = 0) -> str:
    """A public host key, another one for each seed."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def settings() -> dict[str, Any]:
    """A small cluster on bare metal: one control plane, two nodes."""
    machines = [("cp1", "control-plane", 11), ("n1", "node", 21), ("n2", "node", 22)]
    return {
        "clusterName": "test",
        "provider": "bare-metal",
        "ssh": {"privateKey": private_key()},
        "machines": [
            {"name": name, "role": role, "address": f"10.80.0.{place}", "ssh": {"hostKey": host_key(place)}}
            for name, role, place in machines
        ],
    }


def local_settings() -> dict[str, Any]:
    """The same cluster of local machines."""
    data = settings()
    del data["ssh"]
    for machine in data["machines"]:
        del machine["ssh"]
    return data | {"provider": "local"}


def changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with `machines[1].address` and the like set to something else, or taken out with DROP."""
    result: dict[str, Any] = copy.deepcopy(dict(data))
    for key, value in changes.items():
        *above, last = parsed(key)
        holder: Any = result
        for part in above:
            holder = holder[part] if isinstance(part, int) else holder.setdefault(part, {})
        if value is DROP:
            del holder[last]
        elif isinstance(holder, list) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return result


def raw(data: Mapping[str, Any]) -> dict[str, str]:
    """As Pulumi hands settings to a program: text as it is, the rest as JSON."""
    return {
        f"kubernetes:{name}": value if isinstance(value, str) else json.dumps(value) for name, value in data.items()
    }


def load(
    data: Mapping[str, Any],
    *,
    secrets: tuple[str, ...] = ("ssh", "images"),
    previous: PreviousCluster | None = None,
    lock: Lock | None = LOCK,
    root: Path = Path("/nonexistent"),
) -> ClusterConfig:
    """Load settings; `secrets` are the groups that hold a Pulumi secret, where they are set at all."""
    secret_keys = [f"kubernetes:{name}" for name in secrets if name in data]
    return load_config(raw(data), secret_keys, lock=lock, previous=previous, root=root)


def problems(data: Mapping[str, Any], **more: Any) -> tuple[Problem, ...]:
    """The mistakes in settings; none if they are right."""
    try:
        load(data, **more)
    except ConfigError as error:
        return error.problems
    return ()


def expect_one(found: tuple[Problem, ...], key: str, way_out: str) -> None:
    """Exactly this mistake, at this key, with this in its way out: nothing that only follows from it."""
    assert [problem.key for problem in found] == [f"kubernetes:{key}"], "\n\n".join(map(str, found))
    assert way_out in found[0].way_out, str(found[0])


def aws_settings() -> dict[str, Any]:
    """A cluster on AWS: three control planes and two workers in three zones."""
    return {
        "clusterName": "test",
        "provider": "aws",
        "cloud": {
            "region": "eu-central-1",
            "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
            "operatorRanges": ["198.51.100.7/32"],
        },
        "pools": [
            {"name": "control", "role": "control-plane", "count": 3, "first": 10, "type": "t3.medium"},
            {"name": "workers", "count": 2, "first": 20, "type": "t3.medium"},
        ],
    }


def gce_settings() -> dict[str, Any]:
    """The same on GCE."""
    zones = [f"europe-west3-{letter}" for letter in "abc"]
    cloud = {"region": "europe-west3", "zones": zones, "project": "my-project", "operatorRanges": ["198.51.100.7/32"]}
    return {**aws_settings(), "provider": "gce", "cloud": cloud}
