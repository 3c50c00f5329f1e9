"""What a machine must be to carry Kubernetes: pure, from facts to sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# The image archives or layers, binaries and a little log: measured 2.1 GiB on a control plane.
MIN_DISK_FREE_MIB = 4096
# An API server, etcd and the rest take 0.5 GiB at rest.
MIN_MEMORY_MIB = {"control-plane": 1700, "node": 900}
# Certificates are issued for now: a machine whose clock is behind would find them not valid yet.
MAX_CLOCK_DIFFERENCE_SECONDS = 10.0

COMMON_PORTS = (10248, 10249, 10250, 10256)
# Besides the API's own, which is chosen.
PORTS = {"control-plane": (2379, 2380, 2381, 10257, 10259, *COMMON_PORTS), "node": COMMON_PORTS}
ARCHITECTURES = ("x86_64", "aarch64")


@dataclass(frozen=True, kw_only=True)
class Surveyed:
    """One machine's facts as `scripts/facts.sh` printed them, and what the survey knows besides."""

    name: str
    role: str
    address: str
    api_port: int
    tunnel: bool = False
    """Whether pods' packets go in a tunnel (`network.mode: overlay`)."""
    facts: Mapping[str, str]
    clock_difference: float
    """Seconds; positive where the machine is ahead of this computer."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a machine can't be used: what was expected, what was found, what to do."""

    machine: str
    expected: str
    found: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.machine}: survey failed: expected {self.expected}; found {self.found}. Next: {self.way_out}"


def refusals(machines: Sequence[Surveyed]) -> list[Refusal]:
    """Everything that stands against these machines."""
    found = [refusal for machine in machines for refusal in _of_machine(machine)]
    seen: dict[str, str] = {}
    for machine in machines:
        identity = machine.facts.get("machine_id", "")
        if identity and identity in seen:
            found.append(
                Refusal(
                    machine=machine.name,
                    expected="a machine id of its own in /etc/machine-id",
                    found=f"the same as {seen[identity]} has (a cloned disk?)",
                    way_out=f"on {machine.name}: rm /etc/machine-id; systemd-machine-id-setup; reboot",
                )
            )
        seen.setdefault(identity, machine.name)
    return found


def _of_machine(machine: Surveyed) -> Iterator[Refusal]:
    facts = machine.facts
    installed, container = facts.get("installed") == "yes", facts.get("container") == "yes"
    memory = MIN_MEMORY_MIB[machine.role]
    wanted = {*PORTS[machine.role], *([machine.api_port] if machine.role == "control-plane" else [])}
    ports = [] if installed else sorted(wanted & {int(port) for port in facts["ports"].split()})
    checks = (
        (
            facts["arch"] in ARCHITECTURES,
            f"a processor of {' or '.join(ARCHITECTURES)}",
            facts["arch"],
            "use another machine",
        ),
        (facts["systemd"] == "yes", "systemd as process 1", "another init", "install a distribution with systemd"),
        (
            facts["root"] == "yes",
            "root, or sudo without a password",
            "neither",
            "set ssh.user to root, or allow the user NOPASSWD in /etc/sudoers.d",
        ),
        (
            facts["apt"] == "yes",
            "Debian or Ubuntu",
            f"{facts['os']} {facts['os_version']}",
            "use Debian 12 or later, or Ubuntu 22.04 or later",
        ),
        (
            container or facts["cgroup"] == "2",
            "cgroup version 2, which the kubelet needs",
            "version 1",
            "boot with systemd.unified_cgroup_hierarchy=1 (GRUB_CMDLINE_LINUX), then pulumi up",
        ),
        (
            container or facts["swap_kib"] == "0",
            "no swap, which would make memory limits meaningless",
            f"{facts['swap_kib']} KiB of it",
            f"on {machine.name}: swapoff -a, and take it out of /etc/fstab",
        ),
        (
            facts["overlay"] == "yes",
            "the overlay file system",
            "a kernel without it",
            "boot a kernel that has overlayfs",
        ),
        (
            not machine.tunnel or facts["vxlan"] == "yes",
            "VXLAN, which network.mode overlay needs",
            "a kernel without it",
            "boot a kernel that has vxlan, or write network: {mode: routes} where machines share a layer-2 network",
        ),
        (
            int(facts["memory_mib"]) >= memory,
            f"at least {memory} MiB of memory for a {machine.role}",
            f"{facts['memory_mib']} MiB",
            "use a larger machine",
        ),
        (
            installed or int(facts["disk_free_mib"]) >= MIN_DISK_FREE_MIB,
            f"at least {MIN_DISK_FREE_MIB} MiB free below /var",
            f"{facts['disk_free_mib']} MiB",
            f"free some or add a disk: du -xh --max-depth=2 /var on {machine.name}",
        ),
        (
            abs(machine.clock_difference) <= MAX_CLOCK_DIFFERENCE_SECONDS,
            f"a clock within {MAX_CLOCK_DIFFERENCE_SECONDS:.0f} s of this computer's",
            f"{machine.clock_difference:+.0f} s",
            f"set up time synchronisation: timedatectl set-ntp true on {machine.name} (or on this computer)",
        ),
        (
            machine.address in facts["addresses"].split(),
            f"the address {machine.address} on one of its interfaces",
            facts["addresses"].strip() or "none",
            "correct the machine's address in the stack file (ssh.host is for how it is reached)",
        ),
        (
            not ports,
            "nothing on the ports that Kubernetes needs",
            f"something on {', '.join(map(str, ports))}",
            f"see what it is and stop it: ss -ltnp on {machine.name}",
        ),
    )
    for fine, expected, found, way_out in checks:
        if not fine:
            yield Refusal(machine=machine.name, expected=expected, found=found, way_out=way_out)
