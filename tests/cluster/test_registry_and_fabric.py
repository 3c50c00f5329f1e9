"""What a company has around its machines: a private registry with a password, and a network that routes to the pods."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster.bare_metal import Fleet
from tests.cluster.private_registry import Registry, serve
from tests.cluster.project import CACHE, Project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "mirror" / "images").exists(), reason="set-up has made no image archives"),
]

STACK = "test-fabric"
PREFIX = "10.98.3."
NUMBERS = {"cp1": 11, "n1": 21, "n2": 22}


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Three machines that know no way to each other's pods: this computer does, as their router."""
    fleet = Fleet(stack=STACK, prefix=PREFIX)
    fleet.make(NUMBERS)
    fleet.serve()
    routes = [(f"10.20.{number}.0/24", f"{PREFIX}{number}") for number in NUMBERS.values()]
    for pods, machine in routes:
        subprocess.run(["ip", "route", "replace", pods, "via", machine], check=True)
    yield fleet
    # The routes go with the network's device.
    fleet.remove()


@pytest.fixture(scope="module")
def registry(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The registry, on this computer; the machines trust its authority as they would trust their company's."""
    registry = Registry(address=f"{PREFIX}1", port=5443)
    for archive in sorted((CACHE / "mirror" / "images").glob("*.tar")):
        registry.add(archive)
    with serve(registry, tmp_path_factory.mktemp("registry")):
        for machine in fleet.machines.values():
            path = "/usr/local/share/ca-certificates/company.crt"
            machine.ssh(f"cat >{path} <<'END' && update-ca-certificates\n{registry.certificate}END")
        yield registry


@pytest.fixture(scope="module")
def project(fleet: Fleet, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The stack."""
    folder = tmp_path_factory.mktemp("operator")
    settings = fleet.settings(folder, NUMBERS)
    project = Project(tmp_path_factory.mktemp(STACK), STACK, settings)
    settings["network"]["mode"] = "external"
    settings["images"] = {"source": "registry", "registry": registry.name, "username": registry.user}
    project.configure(settings)
    project.run("pulumi", "stack", "init", STACK).must_succeed()
    _set_password(project, registry.password)
    return project


def _set_password(project: Project, password: str) -> None:
    """As docs/configuration.md says: the secret comes by standard input."""
    command = ("pulumi", "config", "set", "--stack", STACK, "--secret", "--path", "kubernetes:images.password")
    project.run(*command, given=password).must_succeed()


def test_images_come_from_the_private_registry_and_the_fabric_carries_the_pods(
    project: Project, registry: Registry
) -> None:
    done = project.up().must_succeed()
    assert "Nodes ready, right version        ok       3 of 3" in done.text
    assert " FAILED " not in done.text
    assert registry.pulled >= {"kube-apiserver", "etcd-development/etcd", "pause", "coredns/coredns"}


def test_every_image_of_the_cluster_is_the_registrys(project: Project, registry: Registry) -> None:
    images = project.kubectl(
        "get", "pods", "--all-namespaces", "--output=jsonpath={range .items[*].spec.containers[*]}{.image}{'\\n'}{end}"
    ).split()
    assert images
    assert {image for image in images if not image.startswith(registry.name)} == set()


def test_machines_have_no_routes_of_their_own(project: Project, fleet: Fleet) -> None:
    for machine in NUMBERS:
        assert "via" not in fleet.on(
            machine, "ip route show 10.20.0.0/16; ip route show root 10.20.0.0/16 | grep via || true"
        )


def test_the_password_is_read_by_root_alone_and_shown_nowhere(
    project: Project, registry: Registry, fleet: Fleet
) -> None:
    place = "/etc/containerd/conf.d/60-registry.toml"
    assert fleet.on("n1", f"stat --format='%a %U' {place}") == "600 root"
    stack_file: Path = project.folder / "stacks" / f"Pulumi.{STACK}.yaml"
    settings = yaml.safe_load(stack_file.read_text())["config"]["kubernetes:images"]
    assert "secure" in settings["password"]
    shown = project.preview().must_succeed().text + project.run("pulumi", "stack", "export", "--stack", STACK).output
    assert registry.password not in shown


def test_the_registry_refuses_who_has_no_password(registry: Registry) -> None:
    """Or the tests above would prove nothing."""
    before = registry.refused
    url = f"https://{registry.address}:{registry.port}/v2/kubernetes/pause/manifests/3.10.2"
    done = subprocess.run(
        ["curl", "--silent", "--insecure", "--write-out", "%{http_code}", url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("401")
    assert registry.refused == before + 1


def test_nothing_is_left_after_destroy(project: Project, fleet: Fleet) -> None:
    project.down().must_succeed()
    assert fleet.on("n1", "ls /etc/containerd 2>/dev/null || true") == ""
