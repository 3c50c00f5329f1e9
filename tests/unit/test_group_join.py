"""How a machine of a group becomes a node: the script itself, without a machine."""

from __future__ import annotations

import base64
import importlib.util
import io
import re
import tarfile
from ipaddress import IPv4Address
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from components.plan import groups
from components.plan.addresses import pod_range_of
from components.plan.files import NODE, PREPARE, render_rules
from components.plan.model import Cluster, SecretFile
from components.plan.steps import payload
from tests.support import plan
from tests.unit.config_support import aws_settings, changed, gce_settings
from tests.unit.test_config_groups import with_group

SCRIPT = Path(__file__).parents[2] / "components/files/usr/local/lib/kubernetes-from-scratch/join.py"
SOURCES = {"binaries": {"source": "mirror", "url": "http://10.80.0.2"}, "images": {"source": "archives"}}
INSTANCE = {"availability_zone": "eu-central-1b", "instance_id": "i-0123", "local_hostname": "host.internal"}
ADDRESS = IPv4Address("10.80.3.130")


@pytest.fixture(scope="module")
def join() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("join", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["aws", "gce"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """A cluster with a group."""
    settings = {"aws": aws_settings, "gce": gce_settings}[request.param]()
    return plan(changed(with_group(settings), SOURCES)).cluster


def settings_of(cluster: Cluster) -> dict[str, Any]:
    """What the group's machines know when they start."""
    (group,) = cluster.groups
    return {
        "pool": group.name,
        "token": "abcdef.0123456789abcdef",
        "subnets": [str(subnet) for subnet in group.subnets],
        "nodeRange": str(cluster.node_range),
        "podRange": str(cluster.pod_range),
        "podPrefix": cluster.pod_prefix,
        "providerId": group.provider_id,
    }


def values(join: ModuleType, cluster: Cluster) -> dict[str, str]:
    known: dict[str, str] = join.known(settings_of(cluster), INSTANCE, "https://10.80.1.4:6443", ADDRESS)
    return known


def test_the_address_gives_name_and_pods_by_the_rule_of_all_machines(join: ModuleType, cluster: Cluster) -> None:
    known = values(join, cluster)
    assert known["@NAME@"] == "workers-10-80-3-130"
    own = pod_range_of(ADDRESS, cluster.node_range, cluster.pod_range, cluster.pod_prefix)
    assert known["@POD_RANGE@"] == str(own)


def test_the_provider_id_is_the_clouds_name_of_the_machine(join: ModuleType, cluster: Cluster) -> None:
    wanted = {"aws": "aws:///eu-central-1b/i-0123", "gce": "gce://my-project/eu-central-1b/host"}
    assert values(join, cluster)["@PROVIDER_ID@"] == wanted[cluster.cloud]


def test_an_address_outside_of_the_groups_subnets_is_refused(join: ModuleType, cluster: Cluster) -> None:
    with pytest.raises(ValueError, match=r"10\.80\.0\.10 is in none"):
        join.known(settings_of(cluster), INSTANCE, "", IPv4Address("10.80.0.10"))


def test_every_blank_of_every_file_is_filled_in(join: ModuleType, cluster: Cluster) -> None:
    known = values(join, cluster)
    blanks = {value for name, value in vars(groups).items() if name.isupper() and isinstance(value, str)}
    assert blanks == set(known)
    member = cluster.groups[0].member
    files = "".join(file.content for file in render_rules((*PREPARE, *NODE), cluster, member))
    filled = join.filled(files.encode(), known).decode()
    assert not re.findall("@[A-Z_]+@", filled)
    for text in (
        "--hostname-override=workers-10-80-3-130 ",
        "--node-ip=10.80.3.130",
        "topology.kubernetes.io/zone=eu-central-1b",
        "address: 10.80.3.130",
        "server: https://10.80.1.4:6443",
        '"subnet": "' + known["@POD_RANGE@"],
    ):
        assert text in filled


def test_secret_files_are_filled_in_and_scripts_are_not(join: ModuleType) -> None:
    secret = SecretFile(path="/etc/kubernetes/bootstrap.kubeconfig", source="kubeconfig")
    packed = payload(("verify/pod.yaml",), {"kubeconfig": "token: @TOKEN@"}, [secret])
    filled = base64.b64decode(join.packed(packed.encode(), {"@TOKEN@": "abcdef", "@NAME@": "wrong"}))
    with tarfile.open(fileobj=io.BytesIO(filled)) as tar:
        content = {m.name: file.read().decode() for m in tar.getmembers() if (file := tar.extractfile(m))}
    assert content["secrets/etc/kubernetes/bootstrap.kubeconfig"] == "token: abcdef"
    assert "@NAME@" in content["verify/pod.yaml"]
    assert content["secrets.list"] == "/etc/kubernetes/bootstrap.kubeconfig 0600 root:root\n"


def test_a_groups_machine_gets_the_files_of_other_nodes(cluster: Cluster) -> None:
    rules = (*PREPARE, *NODE)
    group, single = cluster.groups[0].member, cluster.control_planes[0]
    paths = {file.path for file in render_rules(rules, cluster, group)}
    # All but what waits for an API server, the cloud's name of it, and the control planes' taint.
    others = {file.path for file in render_rules(rules, cluster, single)}
    assert {path.rpartition("/")[2] for path in paths ^ others} == {"wait-for-api", "provider-id", "70-taints.conf"}
