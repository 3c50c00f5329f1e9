"""What lets machines of groups in: the script, an API that is a dictionary, and requests as kubelets make them."""

from __future__ import annotations

import base64
import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

SCRIPT = Path(__file__).parents[2] / "components/files/usr/local/lib/kubernetes-from-scratch/group_keeper.py"
GROUPS = {"workers": ["10.80.3.64/26", "10.80.3.128/26"], "large": ["10.80.3.192/26"]}
SETTINGS = {"groups": GROUPS, "nodeRange": "10.80.0.0/22", "podRange": "10.8.0.0/14", "podPrefix": 24}
NAME = "workers-10-80-3-70"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PREFIX = "system:bootstrappers:kubernetes-from-scratch:groups"
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def keeper() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("group_keeper", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Api:
    """Answers as an API server would, and writes down what it was sent."""

    def __init__(self, *requests: dict[str, Any], nodes: tuple[dict[str, Any], ...] = ()) -> None:
        self.requests = list(requests)
        self.nodes = {node["metadata"]["name"]: node for node in nodes}
        self.sent: list[tuple[str, str]] = []
        self.patches: list[Any] = []

    def get(self, path: str) -> Any:
        return {"items": self.requests if "certificate" in path else list(self.nodes.values())}

    def find(self, path: str) -> Any:
        return self.nodes.get(path.rpartition("/")[2], {})

    def send(self, method: str, path: str, body: Any = None, kind: str = "") -> Any:
        self.sent.append((method, path.rpartition("v1/")[2]))
        self.patches += [body] if method == "PATCH" else []
        return {}


def der_name(name: str, *, more: tuple[tuple[x509.ObjectIdentifier, str], ...] = ()) -> x509.Name:
    pairs = ((NameOID.ORGANIZATION_NAME, "system:nodes"), (NameOID.COMMON_NAME, f"system:node:{name}"), *more)
    return x509.Name([x509.NameAttribute(oid, text, _type=_ASN1Type.PrintableString) for oid, text in pairs])


def pem(subject: x509.Name, *, key: Any = KEY, names: tuple[str, ...] = ()) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def request(
    content: bytes,
    *,
    group: str = "workers",
    user: str = "system:bootstrap:abcdef",
    usages: tuple[str, ...] = ("digital signature", "client auth"),
    conditions: tuple[Any, ...] = (),
) -> dict[str, Any]:
    groups = ["system:bootstrappers", PREFIX, f"{PREFIX}:{group}", "system:authenticated"]
    return {
        "metadata": {"name": "csr-1", "creationTimestamp": text(NOW)},
        "spec": {
            "request": base64.b64encode(content).decode(),
            "username": user,
            "groups": groups,
            "usages": list(usages),
        },
        "status": {"conditions": list(conditions)} if conditions else {},
    }


def text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def node(
    name: str, *, ready: str = "True", since: timedelta = timedelta(hours=1), labels: Any = None
) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "creationTimestamp": text(NOW - since), "labels": labels or {}},
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": text(NOW - since)}]},
    }


def decided(keeper: ModuleType, one: dict[str, Any], *nodes: dict[str, Any]) -> list[tuple[str, str]]:
    """What is done about a request."""
    api = Api(one, nodes=nodes)
    keeper.decide(api, one, GROUPS, set())
    return api.sent


APPROVED = ("PUT", "certificatesigningrequests/csr-1/approval")


def test_machine_of_the_group_is_let_in(keeper: ModuleType) -> None:
    assert decided(keeper, request(pem(der_name(NAME)))) == [APPROVED]


REFUSED = {
    "another pool's name": request(pem(der_name("large-10-80-3-200"))),
    "an address outside of the group's subnets": request(pem(der_name("workers-10-80-0-10"))),
    "an address of another pool's subnets": request(pem(der_name("workers-10-80-3-200"))),
    "a name of another kind": request(pem(der_name("control-1"))),
    "a number that is no address": request(pem(der_name("workers-10-80-3-700"))),
    "leading zeros, another name for the same address": request(pem(der_name("workers-10-80-3-070"))),
    "a further organization": request(pem(der_name(NAME, more=((NameOID.ORGANIZATION_NAME, "system:masters"),)))),
    "a second common name": request(pem(der_name(NAME, more=((NameOID.COMMON_NAME, "admin"),)))),
    "further names": request(pem(der_name(NAME), names=("kubernetes",))),
    "another kind of key": request(
        pem(der_name(NAME), key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
    ),
    "two blocks": request(pem(der_name("control-1")) + pem(der_name(NAME))),
    "text before the block": request(b"Subject: x\n" + pem(der_name(NAME))),
    "no request at all": request(b"nothing"),
    "usages of a server": request(pem(der_name(NAME)), usages=("digital signature", "server auth")),
    "a user without a token": request(pem(der_name(NAME)), user="jane"),
}


@pytest.mark.parametrize("one", REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_left_pending(
    keeper: ModuleType, one: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert decided(keeper, one) == []
    assert "csr-1: left pending: " in capsys.readouterr().out


def test_two_groups_in_one_token_are_none(keeper: ModuleType) -> None:
    one = request(pem(der_name(NAME)))
    one["spec"]["groups"].append(f"{PREFIX}:large")
    assert decided(keeper, one) == []


def test_a_node_that_lives_is_not_taken_over(keeper: ModuleType) -> None:
    assert decided(keeper, request(pem(der_name(NAME))), node(NAME)) == []


def test_a_node_whose_machine_was_replaced_makes_room(keeper: ModuleType) -> None:
    assert decided(keeper, request(pem(der_name(NAME))), node(NAME, ready="Unknown")) == [
        ("DELETE", f"nodes/{NAME}"),
        APPROVED,
    ]


def test_the_new_machines_own_node_stays(keeper: ModuleType) -> None:
    """Another control plane's keeper approved the request, and the kubelet has already joined."""
    young = node(NAME, ready="False", since=timedelta(seconds=-1))
    assert decided(keeper, request(pem(der_name(NAME))), young) == []


def test_others_requests_are_left_to_others(keeper: ModuleType) -> None:
    ordinary = request(pem(der_name("n1")))
    ordinary["spec"]["groups"] = ["system:bootstrappers:kubernetes-from-scratch"]
    done = request(pem(der_name(NAME)), conditions=({"type": "Approved"},))
    api = Api(ordinary, done)
    keeper.look(api, SETTINGS, set())
    assert api.sent == []


def test_no_request_lies_in_wait_for_a_node_to_fall_silent(keeper: ModuleType) -> None:
    def looked_at(minutes: int) -> list[tuple[str, str]]:
        one = request(pem(der_name(NAME)))
        one["metadata"]["creationTimestamp"] = text(datetime.now(UTC) - timedelta(minutes=minutes))
        api = Api(one)
        keeper.look(api, SETTINGS, set())
        return api.sent

    assert looked_at(14) == [APPROVED]
    assert looked_at(16) == []


def test_a_node_is_described_by_its_name_once(keeper: ModuleType) -> None:
    api = Api(nodes=(node(NAME), node("n1")))
    keeper.look(api, SETTINGS, set())
    assert api.sent == [("PATCH", f"nodes/{NAME}")]
    (patch,) = api.patches
    assert patch["spec"] == {"podCIDR": "10.11.70.0/24", "podCIDRs": ["10.11.70.0/24"]}
    labels = patch["metadata"]["labels"]
    assert labels["node-restriction.kubernetes.io/address"] == "10.80.3.70"
    described = {**node(NAME, labels=labels), "spec": patch["spec"]}
    assert keeper.description(described, SETTINGS) == {}


def test_a_label_that_a_node_changed_is_put_back(keeper: ModuleType) -> None:
    lying = node(NAME, labels={"kubernetes-from-scratch/pool": "large"})
    patch = keeper.description(lying, SETTINGS)
    assert patch["metadata"]["labels"]["kubernetes-from-scratch/pool"] == "workers"


def test_without_a_pod_range_of_the_programs_none_is_written(keeper: ModuleType) -> None:
    assert "spec" not in keeper.description(node(NAME), {**SETTINGS, "podRange": ""})


def silent(name: str, minutes: int) -> dict[str, Any]:
    return node(name, ready="Unknown", since=timedelta(minutes=minutes))


def test_nodes_of_machines_that_are_gone_go(keeper: ModuleType) -> None:
    living = [node(f"n{number}") for number in range(3)]
    nodes = [*living, silent(NAME, 11), silent("workers-10-80-3-71", 9), silent("n9", 60)]
    there = {one["metadata"]["name"]: one for one in nodes}
    assert keeper.gone(there, GROUPS, NOW) == [NAME]


def test_no_node_goes_while_most_are_silent(keeper: ModuleType) -> None:
    there = {one["metadata"]["name"]: one for one in (node("n1"), silent(NAME, 60), silent("n2", 60))}
    assert keeper.gone(there, GROUPS, NOW) == []
