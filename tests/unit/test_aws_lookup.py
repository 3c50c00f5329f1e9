"""An existing VPC takes a cluster only where the node range is its own, and free."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

pytest.importorskip("pulumi_aws", reason="requirements-clouds.txt is not installed")

from components.machines.aws.lookup import problems

NODES = IPv4Network("10.80.0.0/24")
VPC = [IPv4Network("10.64.0.0/16"), IPv4Network("10.80.0.0/16")]


def test_a_free_part_of_the_vpc_is_taken() -> None:
    others = {"subnet-1": IPv4Network("10.80.1.0/24"), "subnet-2": IPv4Network("10.64.0.0/20")}
    assert list(problems(NODES, VPC, others)) == []


def test_a_range_that_is_not_the_vpcs_is_refused() -> None:
    (problem,) = problems(NODES, VPC[:1], {})
    assert problem.key == "kubernetes:network.nodeRange"
    assert "10.64.0.0/16" in problem.rule


def test_a_range_that_someone_has_is_refused() -> None:
    (problem,) = problems(NODES, VPC, {"subnet-1": IPv4Network("10.80.0.128/25")})
    assert "subnet-1 has 10.80.0.128/25" in problem.rule
