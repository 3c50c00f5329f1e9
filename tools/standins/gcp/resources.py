"""What the plugin offers."""

from __future__ import annotations

from typing import Final

from tools.standins.gcp.addresses import Address, Disk
from tools.standins.gcp.balancing import ForwardingRule, HealthCheck, RegionBackendService, RegionHealthCheck
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION
from tools.standins.gcp.functions import FUNCTIONS
from tools.standins.gcp.groups import InstanceGroup, InstanceGroupMembership, TargetPool
from tools.standins.gcp.instances import Instance
from tools.standins.gcp.managers import RegionInstanceGroupManager
from tools.standins.gcp.networks import Firewall, Network, Route, Subnetwork
from tools.standins.gcp.routers import Router, RouterNat
from tools.standins.gcp.templates import InstanceTemplate

RESOURCES: Final[tuple[ComputeResource, ...]] = (
    Network(),
    Subnetwork(),
    Router(),
    RouterNat(),
    Route(),
    Firewall(),
    Address(),
    Disk(),
    Instance(),
    InstanceGroup(),
    InstanceGroupMembership(),
    TargetPool(),
    InstanceTemplate(),
    RegionInstanceGroupManager(),
    HealthCheck(),
    RegionHealthCheck(),
    RegionBackendService(),
    ForwardingRule(),
)

__all__ = ["CONFIGURATION", "FUNCTIONS", "RESOURCES"]
