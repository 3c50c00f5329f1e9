"""What an account may have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """The values of a new account, per region (Service Quotas console, November 2026); AWS raises each on demand."""

    vpcs: int = 5
    addresses: int = 5
    """Elastic IP addresses."""
    routes: int = 50
    """In a route table, without the local ones."""
    rules: int = 60
    """In a security group, in each direction."""
    vcpus: int = 32
    """Of running on-demand instances."""
