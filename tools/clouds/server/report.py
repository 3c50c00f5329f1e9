"""What `tools/cloud status` prints."""

from __future__ import annotations

from collections.abc import Sequence

from tools.clouds.box.data_plane import Status
from tools.clouds.world import World


def report(cloud: str, world: World, status: Status, problem: str) -> str:
    """Tables of instances, balancers and groups, and what is wrong."""
    lines = [f"{cloud}: {len(world.networks)} networks, {len(world.routes)} routes, {len(world.rules)} rules"]
    lines += table([
        ("INSTANCE", "NAME", "ADDRESS", "PUBLIC", "STATE"),
        *((one.id, one.name, str(one.address), str(one.public_address or "-"), state)
          for one, state in status.instances),
    ])  # fmt: skip
    lines += table([
        ("BALANCER", "ADDRESS", "TARGET", "HEALTH"),
        *((balancer.id, f"{balancer.address}:{balancer.port}", target, "healthy" if healthy else f"unhealthy: {why}")
          for balancer, targets in status.balancers for target, healthy, why in targets),
    ])  # fmt: skip
    lines += table([
        ("GROUP", "SIZE", "INSTANCES"),
        *((group.name, str(group.size), ", ".join(group.instances) or "-") for group in world.groups),
    ])  # fmt: skip
    lines += [f"problem: {one}" for one in (*([problem] if problem else []), *status.problems)]
    return "\n".join(lines)


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with aligned columns; nothing where there is only the heading."""
    if len(rows) < 2:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
