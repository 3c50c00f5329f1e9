"""AWS, in memory: its API is moto's, with what moto lets pass refused as AWS does, and balancers with places."""

from __future__ import annotations

from tools.clouds.aws.quotas import Quotas
from tools.clouds.world import ControlPlane


def control_plane(quotas: Quotas | None = None) -> ControlPlane:
    """A new, empty AWS. A process has one at a time: moto keeps its state in modules."""
    from tools.clouds.aws.control_plane import AwsControlPlane

    return AwsControlPlane(quotas or Quotas())
