"""Local machines are servers: entered with verified keys, they reach each other, keep their files, leave no trace."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncssh
import pytest

from tests.cluster.local_machines import PROGRAM, Machine, device_of, leftovers, local, process_running, succeed

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
]
USER_KEY = asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A network of its own; its name is the cluster's."""
    name = f"test-{secrets.token_hex(3)}"
    for third in range(100, 120):
        done = local("network", "create", name, "--range", f"10.89.{third}.0/24")
        if done.returncode == 0:
            break
        assert "overlaps" in done.stderr, done.stderr
    else:
        pytest.fail("no free range below 10.89.0.0/16 for a test network")
    yield name
    succeed("cleanup", "--label", name)
    assert leftovers(name) == []


@pytest.fixture(scope="module")
def prefix(cluster: str) -> str:
    """The first three numbers of the network's addresses, with a dot."""
    line = next(line for line in succeed("list").splitlines() if line.split()[:2] == ["network", cluster])
    return line.split()[-1].removesuffix("0/24")


@pytest.fixture(scope="module")
def pair(cluster: str, prefix: str) -> tuple[Machine, Machine]:
    """Two machines, made at the same time."""
    one, two = (
        Machine(cluster=cluster, name=f"pair-{number}", address=f"{prefix}{10 + number}", user_key=USER_KEY)
        for number in (1, 2)
    )
    with ThreadPoolExecutor() as pool:
        for done in pool.map(Machine.create, (one, two)):
            assert done.returncode == 0, done.stderr
    return one, two


def test_first_connection_is_verified(pair: tuple[Machine, Machine]) -> None:
    one, two = pair
    assert one.ssh("hostname") == "pair-1"
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        one.ssh("hostname", trusted=two.host_key)


def test_machines_are_healthy_servers(pair: tuple[Machine, Machine]) -> None:
    one, _ = pair
    assert one.ssh("systemctl is-system-running") == "running"
    assert one.ssh("systemctl is-enabled nginx haproxy keepalived || true").split() == ["disabled"] * 3
    assert one.ssh("findmnt -no PROPAGATION /") == "shared"
    # What containerd does for every container: an overlay whose layers are below /var.
    layers = "/var/tmp/layers"
    one.ssh(f"mkdir -p {layers}/lower {layers}/upper {layers}/work {layers}/merged")
    one.ssh(
        f"mount -t overlay o -o lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work {layers}/merged"
    )
    one.ssh(f"umount {layers}/merged")


def test_machines_reach_each_other_and_know_their_own_name(pair: tuple[Machine, Machine]) -> None:
    one, two = pair
    one.ssh(f"ping -c 1 -W 5 {two.address}")
    two.ssh(f"ping -c 1 -W 5 {one.address}")
    assert one.ssh("getent hosts pair-1").split()[0] == one.address
    assert "search" not in one.ssh("cat /etc/resolv.conf")


def test_the_host_stays_out_of_what_machines_say_to_each_other(pair: tuple[Machine, Machine], prefix: str) -> None:
    """A machine reaches another one's pod under its own address, and does so if this computer forwards nothing."""
    one, two = pair
    two.ssh("ip address replace 10.10.12.7/32 dev lo && systemctl start nginx")
    one.ssh(f"ip route replace 10.10.12.7/32 via {two.address}")
    bridge = device_of(f"{prefix}0/24").split()[1]
    drop = ["FORWARD", "--in-interface", bridge, "--destination", "10.10.12.7", "--jump", "DROP"]
    subprocess.run(["iptables", "--wait", "--append", *drop], check=True)
    try:
        one.ssh("curl --silent --fail --max-time 5 http://10.10.12.7/ >/dev/null")
    finally:
        subprocess.run(["iptables", "--wait", "--delete", *drop], check=True)
        two.ssh("systemctl stop nginx")
    assert two.ssh("cut -d' ' -f1 /var/log/nginx/access.log") == one.address


def test_restart_keeps_address_and_files(pair: tuple[Machine, Machine]) -> None:
    one, _ = pair
    one.ssh("echo disk >/root/kept; echo volume >/var/lib/kept; echo memory >/run/lost")
    one.ssh("echo net.ipv4.conf.all.log_martians=1 >/etc/sysctl.d/test.conf")
    hardware_address = one.ssh("cat /sys/class/net/eth0/address")
    one.act("stop")
    one.act("stop")
    one.act("start")
    # A new one would be unknown to the others for up to a minute.
    assert one.ssh("cat /sys/class/net/eth0/address") == hardware_address
    assert one.ssh("cat /root/kept /var/lib/kept") == "disk\nvolume"
    assert one.ssh("ls /run/lost 2>/dev/null || echo gone") == "gone"
    assert one.ssh("sysctl -n net.ipv4.conf.all.log_martians") == "1"
    assert one.address in one.ssh("ip -4 -br address show dev eth0")


def test_reboot_from_within_comes_back(pair: tuple[Machine, Machine]) -> None:
    one, _ = pair
    one.ssh("echo disk >/root/before-reboot; echo memory >/run/before-reboot; systemctl reboot")
    deadline = time.monotonic() + 60
    while True:
        try:
            if one.ssh("cat /root/before-reboot; ls /run/before-reboot 2>/dev/null || echo gone") == "disk\ngone":
                return
        except (OSError, asyncssh.Error):
            pass
        assert time.monotonic() < deadline, "the machine did not come back after reboot"
        time.sleep(0.5)


def test_power_cut_keeps_files(pair: tuple[Machine, Machine]) -> None:
    one, _ = pair
    one.ssh("echo disk >/root/before-cut")
    one.act("kill")
    with pytest.raises(OSError):  # noqa: PT011  # refused, unreachable or no answer, all the same here
        one.ssh("true")
    one.act("start")
    assert one.ssh("cat /root/before-cut") == "disk"


def test_create_again_leaves_the_machine_as_it_is(pair: tuple[Machine, Machine]) -> None:
    _, two = pair
    two.ssh("touch /run/still-the-same-boot")
    assert two.create().returncode == 0
    two.ssh("test -e /run/still-the-same-boot")
    two.act("stop")
    assert two.create().returncode == 0
    two.ssh("test ! -e /run/still-the-same-boot")


def test_create_refuses_other_settings(pair: tuple[Machine, Machine]) -> None:
    _, two = pair
    other = Machine(cluster=two.cluster, name=two.name, address=two.address, user_key=USER_KEY)
    done = other.create()
    assert done.returncode == 1
    assert "delete it first" in done.stderr
    two.ssh("true")


def test_create_refuses_an_address_that_is_taken(pair: tuple[Machine, Machine]) -> None:
    one, _ = pair
    other = Machine(cluster=one.cluster, name="other", address=one.address, user_key=USER_KEY)
    done = other.create()
    assert done.returncode == 1
    assert f"taken by {one.name}.{one.cluster}" in done.stderr
    other.act("delete")
    one.ssh("true")


def test_delete_leaves_nothing_of_the_machine(cluster: str, prefix: str) -> None:
    machine = Machine(cluster=cluster, name="gone", address=f"{prefix}30", user_key=USER_KEY)
    assert machine.create().returncode == 0
    machine.act("delete")
    machine.act("delete")
    assert [name for name in leftovers(cluster) if "gone" in name] == []


@pytest.mark.parametrize("seconds", [0.4, 1.0, 2.0])
@pytest.mark.parametrize("children_too", [True, False])
def test_create_finishes_after_being_killed(cluster: str, prefix: str, seconds: float, children_too: bool) -> None:
    machine = Machine(cluster=cluster, name="cut", address=f"{prefix}40", user_key=USER_KEY)
    process = subprocess.Popen([PROGRAM, *machine.create_arguments], stdin=subprocess.PIPE, start_new_session=True)
    assert process.stdin is not None
    process.stdin.write(machine.access.encode())
    process.stdin.close()
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL) if children_too else process.kill()
    process.wait()
    done = machine.create()
    assert done.returncode == 0, done.stderr
    assert machine.ssh("hostname") == "cut"
    machine.act("delete")
    assert [name for name in leftovers(cluster) if "cut" in name] == []


def test_cleanup_frees_what_a_killed_podman_keeps(prefix: str) -> None:
    """Podman, killed in mid-start, keeps the address, its bridge and a device: the second round could not have them."""
    name, third = f"test-{secrets.token_hex(3)}", int(prefix.split(".")[2]) + 50
    machine = Machine(cluster=name, name="cut", address=f"10.89.{third}.10", user_key=USER_KEY)
    for _ in range(2):
        succeed("network", "create", name, "--range", f"10.89.{third}.0/24")
        process = subprocess.Popen([PROGRAM, *machine.create_arguments], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(machine.access.encode())
        process.stdin.close()
        podman = process_running(f"start\0{machine.name}.{name}")
        while not device_of(f"10.89.{third}.0/24"):
            assert process.poll() is None, process.stderr
            time.sleep(0.01)
        os.kill(podman, signal.SIGKILL)
        process.wait(timeout=120)
        succeed("cleanup", "--label", name)
        assert leftovers(name) == []
    assert not device_of(f"10.89.{third}.0/24")


@pytest.mark.parametrize(
    ("arguments", "stdin", "expected"),
    [
        (["network", "create", "other", "--range", "{prefix}128/25"], "", "overlaps with"),
        (["network", "create", "other", "--range", "{prefix}1/24"], "", "not an IPv4 network"),
        (["network", "create", "{cluster}", "--range", "10.89.250.0/24"], "", "exists with range"),
        (["network", "delete", "{cluster}"], "", "delete these first"),
        (["machine", "create", "m", "--network", "nowhere", "--address", "{prefix}50"], "ACCESS", "no network nowhere"),
        (
            ["machine", "create", "M_1", "--network", "{cluster}", "--address", "{prefix}50"],
            "ACCESS",
            "not a DNS label",
        ),
        (["machine", "create", "m", "--network", "{cluster}", "--address", "{prefix}1"], "ACCESS", "between"),
        (["machine", "create", "m", "--network", "{cluster}", "--address", "10.1.2.3"], "ACCESS", "must be in"),
        (["machine", "create", "m", "--network", "{cluster}", "--address", "{prefix}50"], "no", "not JSON"),
        (["machine", "create", "m", "--network", "{cluster}", "--address", "{prefix}50"], "{}", "hostKey"),
        (["machine", "start", "nobody", "--label", "{cluster}"], "", "There is no machine nobody"),
        (["mirror", "create", "{cluster}", "--address", "{prefix}2", "--root", "/nonexistent"], "", "does not exist"),
    ],
)
def test_mistakes_are_refused_in_one_sentence(
    pair: tuple[Machine, Machine], prefix: str, arguments: list[str], stdin: str, expected: str
) -> None:
    cluster = pair[0].cluster
    filled = [argument.format(cluster=cluster, prefix=prefix) for argument in arguments]
    done = local(*filled, stdin=pair[0].access if stdin == "ACCESS" else stdin)
    assert done.returncode == 1
    assert expected in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_mirror_serves_a_folder(cluster: str, prefix: str, tmp_path: Path) -> None:
    (tmp_path / "dl.example.org").mkdir()
    (tmp_path / "dl.example.org" / "file").write_bytes(b"0123456789")
    # Only the owner may enter pytest's folders, and the web server can all the same.
    for _ in range(2):
        succeed("mirror", "create", cluster, "--address", f"{prefix}2", "--root", str(tmp_path))
    connection = http.client.HTTPConnection(f"{prefix}2", timeout=10)
    connection.request("GET", "/dl.example.org/file", headers={"Range": "bytes=4-"})
    response = connection.getresponse()
    assert (response.status, response.read()) == (206, b"456789")
    connection.request("GET", "/dl.example.org/absent")
    assert connection.getresponse().status == 404
    connection.close()
    succeed("mirror", "delete", cluster)
    assert [name for name in leftovers(cluster) if "mirror" in name] == []


@pytest.mark.network
def test_machines_install_packages_as_the_host_does(pair: tuple[Machine, Machine]) -> None:
    one, _ = pair
    one.ssh("apt-get -qq update && apt-get -qq install --yes --no-install-recommends tree >/dev/null")
    assert one.ssh("tree --version").startswith("tree v")
