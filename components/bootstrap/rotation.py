"""The steps that only a rotation needs; a cluster whose keys are its first ones has none of them."""

from __future__ import annotations

import pulumi

from components.pki import Pki
from components.plan import files
from components.plan.model import Cluster, Machine
from components.remote import Host, Step


def renew(cluster: Cluster, machine: Machine, pki: Pki) -> Step:
    """On every machine while a new authority comes into use: its kubelet gets new certificates at once."""
    return Step(
        name="renew",
        run=("renew.sh",),
        scripts=("drain.sh",),
        variables={
            "NODE": machine.name,
            "ADDRESS": str(machine.address),
            "NODE_UNITS": " ".join(files.service_units(cluster, machine)),
            **repair(cluster),
        },
        secrets={"stage/authority.crt": pki.signing_certificate},
    )


def authorize(keys: pulumi.Input[str]) -> Step:
    """On every machine that the program made the SSH key of, and on the bastion: who may come in."""
    return Step(name="authorize", run=("authorize.sh",), scripts=(), secrets={"stage/authorized-keys": keys})


def bastion_of(host: Host) -> Host | None:
    """The bastion as a machine of its own."""
    one = host.bastion
    if one is None:
        return None
    return Host(
        name="bastion",
        address=one.host,
        user=one.user,
        port=one.port,
        host_key=one.host_key,
        private_key=host.private_key,
    )


def once(cluster: Cluster) -> Step:
    """On a control plane, once for the cluster, when all control planes are at the stage."""
    rotation = cluster.rotation
    encryption, authorities = rotation.encryption, rotation.authorities
    return Step(
        name="rotation",
        run=("rotation.sh",),
        scripts=("etcd.sh", "encryption.sh"),
        variables={
            **({"ENCRYPTION": str(encryption.used)} if encryption.stage == "use" else {}),
            **({"SERVICE_ACCOUNT": rotation.service_account.stage} if rotation.service_account.generation > 1 else {}),
            **({"AUTHORITIES": f"{authorities.generation} {authorities.stage}"} if authorities.generation > 1 else {}),
            **repair(cluster),
        },
    )


def repair(cluster: Cluster) -> dict[str, str]:
    """Another word makes a step run again; any makes it look at what it else takes for unchanged."""
    return {"REPAIR": cluster.repair} if cluster.repair else {}
