"""What the stack's last `pulumi up` exported: a change is judged against it."""

from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi.runtime import invoke

from components.config.previous import PreviousCluster, PreviousInstance, Reached


def previous_cluster() -> PreviousCluster | None:
    """The cluster of the stack's own last outputs; None before the first `pulumi up`.

    The engine reads them from the backend, so no remote command is run and no second program is needed.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    try:
        outputs: dict[str, Any] = invoke("pulumi:pulumi:readStackOutputs", {"name": stack}).value["outputs"]
    except Exception as error:
        pulumi.log.debug(f"no earlier outputs: {error}")
        return None
    cluster = outputs.get("cluster")
    if not isinstance(cluster, dict):
        return None
    return PreviousCluster(
        kubernetes_version=cluster.get("kubernetesVersion"),
        cluster_name=cluster.get("name"),
        pod_range=_network(cluster.get("podRange")),
        service_range=_network(cluster.get("serviceRange")),
        dns_domain=cluster.get("dnsDomain"),
        founder=cluster.get("founder"),
        versions={**cluster.get("ran", {}), **cluster.get("runs", {})},
        control_planes=tuple(cluster.get("controlPlanes", ())),
        machines={name: facts["role"] for name, facts in outputs.get("machines", {}).items()},
        gone=frozenset(cluster.get("gone", ())),
        groups=cluster.get("groups"),
        instances=_instances(outputs.get("machines")),
        rotation=_rotation(cluster.get("rotation"), "before", "reached"),
        rotation_before=_rotation(cluster.get("rotation"), "before"),
    )


def _instances(machines: Any) -> dict[str, PreviousInstance]:
    """The machines of a cloud; those of other providers have no type. What was not finished has no image's id."""
    if not isinstance(machines, dict):
        return {}
    return {
        name: PreviousInstance(
            address=facts["address"], type=facts["type"], image=facts["image"], image_id=facts.get("imageId", "")
        )
        for name, facts in machines.items()
        if "type" in facts
    }


def _rotation(rotation: Any, *parts: str) -> dict[str, Reached]:
    """What was not finished is missing among what was reached: that is where it was before."""
    found = [rotation.get(part) or {} for part in parts] if isinstance(rotation, dict) else []
    # The engine's numbers have no kinds.
    return {
        name: Reached(generation=int(one["generation"]), stage=one["stage"], since=one["since"])
        for known in found
        for name, one in known.items()
    }


def _network(text: str | None) -> IPv4Network | None:
    return IPv4Network(text) if text else None
