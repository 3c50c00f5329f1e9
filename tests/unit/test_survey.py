"""Which machines the survey refuses, and what it says; the facts themselves are gathered in tests/cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.survey.rules import Surveyed, refusals

FACTS = {
    "os": "debian", "os_version": "12", "arch": "x86_64", "kernel": "6.1.0", "root": "yes", "systemd": "yes",
    "container": "no", "cgroup": "2", "swap_kib": "0", "cpus": "2", "memory_mib": "2000", "disk_free_mib": "20000",
    "addresses": "127.0.0.1 10.80.0.11 ", "machine_id": "0123", "installed": "no", "ports": "22 53 ",
    "overlay": "yes", "vxlan": "yes", "apt": "yes",
}  # fmt: skip
CONTROL_PLANE = Surveyed(
    name="cp1", role="control-plane", address="10.80.0.11", api_port=6443, facts=FACTS, clock_difference=0.2
)


def sentences(machine: Surveyed) -> list[str]:
    return [str(refusal) for refusal in refusals([machine])]


def test_a_machine_that_can_work() -> None:
    assert sentences(CONTROL_PLANE) == []


@pytest.mark.parametrize(
    ("facts", "expected", "found"),
    [
        ({"arch": "riscv64"}, "a processor of x86_64 or aarch64", "riscv64"),
        ({"systemd": "no"}, "systemd as process 1", "another init"),
        ({"root": "no"}, "root, or sudo without a password", "neither"),
        ({"apt": "no", "os": "fedora", "os_version": "43"}, "Debian or Ubuntu", "fedora 43"),
        ({"cgroup": "1"}, "cgroup version 2, which the kubelet needs", "version 1"),
        ({"swap_kib": "1024"}, "no swap, which would make memory limits meaningless", "1024 KiB of it"),
        ({"overlay": "no"}, "the overlay file system", "a kernel without it"),
        ({"memory_mib": "1000"}, "at least 1700 MiB of memory for a control-plane", "1000 MiB"),
        ({"disk_free_mib": "300"}, "at least 4096 MiB free below /var", "300 MiB"),
        ({"addresses": "192.0.2.1 "}, "the address 10.80.0.11 on one of its interfaces", "192.0.2.1"),
        ({"ports": "22 2379 10250 "}, "nothing on the ports that Kubernetes needs", "something on 2379, 10250"),
    ],
)
def test_a_machine_that_can_not(facts: dict[str, str], expected: str, found: str) -> None:
    (said,) = sentences(replace(CONTROL_PLANE, facts={**FACTS, **facts}))
    assert said.startswith(f"cp1: survey failed: expected {expected}; found {found}. Next: ")


def test_a_kernel_without_the_tunnel_is_refused_where_there_is_one() -> None:
    without = replace(CONTROL_PLANE, facts={**FACTS, "vxlan": "no"})
    assert sentences(without) == []
    (said,) = sentences(replace(without, tunnel=True))
    assert "expected VXLAN, which network.mode overlay needs; found a kernel without it. Next: " in said
    assert sentences(replace(CONTROL_PLANE, tunnel=True)) == []


@pytest.mark.parametrize("difference", [-11.0, 3600.0])
def test_a_clock_that_is_off(difference: float) -> None:
    (said,) = sentences(replace(CONTROL_PLANE, clock_difference=difference))
    assert f"expected a clock within 10 s of this computer's; found {difference:+.0f} s. Next: " in said


def test_the_api_has_the_port_that_was_chosen() -> None:
    chosen = replace(CONTROL_PLANE, api_port=8443)
    assert sentences(replace(chosen, facts={**FACTS, "ports": "6443 "})) == []
    assert "found something on 8443" in sentences(replace(chosen, facts={**FACTS, "ports": "8443 "}))[0]
    # On a node nothing listens there.
    assert sentences(replace(chosen, role="node", facts={**FACTS, "ports": "2379 8443 "})) == []


def test_a_machine_that_is_installed_has_its_own_ports_and_less_room() -> None:
    facts = {**FACTS, "installed": "yes", "ports": "22 2379 6443 10250 ", "disk_free_mib": "300"}
    assert sentences(replace(CONTROL_PLANE, facts=facts)) == []


def test_a_container_has_the_swap_and_the_control_groups_of_its_host() -> None:
    facts = {**FACTS, "container": "yes", "swap_kib": "1024", "cgroup": "1"}
    assert sentences(replace(CONTROL_PLANE, facts=facts)) == []


def test_everything_that_stands_against_it_is_said_at_once() -> None:
    said = sentences(replace(CONTROL_PLANE, facts={**FACTS, "arch": "riscv64", "root": "no", "ports": "10250"}))
    assert len(said) == 3


def test_a_cloned_disk() -> None:
    clone = replace(CONTROL_PLANE, name="cp2", address="10.80.0.12", facts={**FACTS, "addresses": "10.80.0.12"})
    (said,) = [str(refusal) for refusal in refusals([CONTROL_PLANE, clone])]
    assert said.startswith("cp2: survey failed: expected a machine id of its own in /etc/machine-id; found the same as")
