"""The steps of each machine, as data: which files, scripts and secrets make one."""

from __future__ import annotations

import pulumi

from components.bootstrap.rotation import repair
from components.pki import Pki
from components.plan import Plan, files
from components.plan.downloads import Artifacts, binary_lines, image_lines
from components.plan.model import Cluster, File, Machine, Member
from components.remote import Step

PREPARE_SCRIPTS = ("fetch.sh", "drain.sh")


def _downloads(cluster: Cluster, machine: Member, artifacts: Artifacts) -> File:
    return File(path="downloads", content=binary_lines(cluster, machine, artifacts), staged=True)


def _image_list(cluster: Cluster, machine: Member, artifacts: Artifacts) -> File:
    return File(path="image-list", content=image_lines(cluster, machine, artifacts), staged=True)


def prepare(cluster: Cluster, machine: Machine, artifacts: Artifacts, pki: Pki) -> Step:
    """A control plane before Kubernetes: packages, kernel settings, binaries, the runtime."""
    encryption = cluster.rotation.encryption
    keys = " ".join(map(str, encryption.readable)) if encryption.generation > 1 else ""
    return Step(
        name="prepare",
        run=("deprecated.sh", *(("keys.sh",) if keys else ()), "prepare.sh"),
        scripts=(*PREPARE_SCRIPTS, *(("etcd.sh", "encryption.sh") if keys else ())),
        variables={
            "PACKAGES": "haproxy=haproxy keepalived=keepalived" if cluster.virtual_address else "",
            **repair(cluster),
            **_drain(cluster, machine),
            "KUBERNETES_VERSION": cluster.kubernetes_version,
            **({"ENCRYPTION_KEYS": keys} if keys else {}),
        },
        files=(
            *files.render_rules(files.PREPARE, cluster, machine),
            _downloads(cluster, machine, artifacts),
            _image_list(cluster, machine, artifacts),
        ),
        secret_files=files.prepare_secrets(cluster),
        secrets=pki.prepare_sources(machine),
        delete=("uninstall.sh",),
    )


def _drain(cluster: Cluster, machine: Member) -> dict[str, str]:
    """For `drain.sh`."""
    return {"NODE": machine.name, "DRAIN_SECONDS": str(cluster.drain_seconds(machine))}


def control_plane(plan: Plan, machine: Machine, pki: Pki) -> Step:
    """etcd and the control plane's components of one machine, and its kubelet."""
    cluster = plan.cluster
    uids = {f"UID_{name.upper()}": str(uid) for name, uid in vars(cluster.uids).items()}
    return Step(
        name="control-plane",
        run=("control-plane.sh",),
        scripts=("fetch.sh", "etcd.sh", "admit.sh", "drain.sh"),
        variables={
            "ADDRESS": str(machine.address),
            "API_PORT": str(cluster.api_port),
            "PEERS": _peers(cluster, machine),
            "FOUNDER": "yes" if machine.name == plan.rollout.founder else "no",
            "NODE": machine.name,
            "NODE_UNITS": " ".join(files.service_units(cluster, machine)),
            **uids,
            **repair(cluster),
        },
        files=(
            *files.render_rules((*files.NODE, *files.CONTROL_PLANE), cluster, machine),
            _image_list(cluster, machine, plan.artifacts),
            *plan.extra_files[machine.name],
        ),
        secret_files=files.control_plane_secrets(cluster, machine),
        secrets={**pki.control_plane_sources(machine), "stage/token.env": pki.bootstrap_token()},
        delete=("leave.sh",),
    )


def _peers(cluster: Cluster, machine: Machine) -> str:
    """`name=address` of the other control planes."""
    return " ".join(f"{m.name}={m.address}" for m in cluster.control_planes if m != machine)


def node(cluster: Cluster, machine: Member, artifacts: Artifacts, pki: Pki, extra: tuple[File, ...]) -> Step:
    """A node, from a bare machine to a kubelet that asks to join."""
    return Step(
        name="node",
        run=("prepare.sh", "node.sh"),
        scripts=PREPARE_SCRIPTS,
        variables={
            "PACKAGES": "",
            "NODE_UNITS": " ".join(files.service_units(cluster, machine)),
            **repair(cluster),
            **_drain(cluster, machine),
        },
        files=(
            *files.render_rules((*files.PREPARE, *files.NODE), cluster, machine),
            _downloads(cluster, machine, artifacts),
            _image_list(cluster, machine, artifacts),
            *extra,
        ),
        secret_files=(*files.prepare_secrets(cluster), *files.node_secrets(cluster, machine)),
        secrets={**pki.prepare_sources(machine), **pki.node_sources(machine)},
        delete=("uninstall.sh",),
    )


def register(cluster: Cluster, machine: Machine, pki: Pki, identity: pulumi.Input[str], shape: str = "") -> Step:
    """On a control plane: lets the machine in, describes its Node and waits for it; takes it out again at the end.

    A machine with another identity (its host key; in a cloud the instance's id) is another machine, or was installed
    anew: it has to be let in again. `shape` is what a cloud makes the machine of; empty elsewhere.
    """
    labels = {"node-role.kubernetes.io/" + machine.role: "", **machine.labels}
    return Step(
        name=f"register-{machine.name}",
        run=("register.sh",),
        scripts=("admit.sh", "etcd.sh"),
        variables={
            "NODE": machine.name,
            "NODE_ADDRESS": str(machine.address),
            "NODE_VERSION": machine.kubernetes_version,
            "NODE_LABELS": " ".join(f"{key}={value}" for key, value in labels.items()),
            "NODE_TAINTS": " ".join(f"{taint.key}={taint.value}:{taint.effect}" for taint in machine.taints),
            "NODE_POD_RANGE": "" if cluster.network_mode == "manifests" else str(machine.pod_range),
            **({"NODE_PROVIDER_ID": machine.provider_id} if machine.provider_id else {}),
            # Nothing, unless the machine has an etcd member to be taken out.
            "PEERS": _peers(cluster, machine) if machine.role == "control-plane" else "",
            "GONE": "no",
            **({"NODE_SHAPE": shape} if shape else {}),
            **repair(cluster),
        },
        secrets={"stage/token.env": pki.bootstrap_token(), "stage/identity": identity},
        delete=("unregister.sh",),
    )


def give_up(cluster: Cluster, machine: Machine) -> Step:
    """On a control plane: takes a machine out that is lost for good, before others come in its place."""
    return Step(
        name=f"give-up-{machine.name}",
        run=("unregister.sh",),
        scripts=("etcd.sh",),
        variables={
            "NODE": machine.name,
            "NODE_ADDRESS": str(machine.address),
            "PEERS": _peers(cluster, machine) if machine.role == "control-plane" else "",
            "GONE": "yes",
        },
    )
