"""The routes that a machine gives itself, by the script it runs; `ip` and `nft` only write down what they are told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "components/files/usr/local/lib/kubernetes-from-scratch"
ENVIRONMENT = {
    "OWN_ADDRESS": "10.80.0.2",
    "OWN_POD_RANGE": "10.10.2.0/24",
    "NODE_RANGE": "10.80.0.0/29",
    "POD_RANGE": "10.10.0.0/16",
    "POD_PREFIX": "24",
    "EXCEPTIONS": "",
    "ROUTED_BY": "machines",
}
TUNNEL = {"TUNNEL": "vxlan.pods", "MTU_FILE": ""}
# Its own address is on the link that every machine has.
STAND_IN = """#!/bin/bash
case "$*" in
*"address show to"*) echo "1: lo inet $OWN_ADDRESS/32" ;;
*" show "*) ;;
*-batch*) cat >>"$TOLD" ;;
*) echo "$*" >>"$TOLD" ;;
esac
"""


def told(folder: Path, **changes: str) -> list[str]:
    """What the kernel would be told, one command a line; nftables' rules by `cat`."""
    environment = folder / "routes.env"
    environment.write_text("".join(f'{name}="{value}"\n' for name, value in {**ENVIRONMENT, **changes}.items()))
    script = folder / "routes"
    text = (SCRIPTS / "routes").read_text()
    script.write_text(text.replace("/etc/kubernetes/routes.env", str(environment)))
    (folder / "tunnel").write_text((SCRIPTS / "tunnel").read_text())
    for name, content in {"ip": STAND_IN, "nft": '#!/bin/bash\ncat >>"$TOLD"\n'}.items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o755)
    variables = {"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin", "TOLD": str(folder / "told")}
    variables["OWN_ADDRESS"] = ENVIRONMENT["OWN_ADDRESS"]
    subprocess.run(["bash", str(script)], env=variables, check=True)
    return (folder / "told").read_text().splitlines()


def routes(lines: list[str]) -> dict[str, str]:
    """Pod range → where its packets go."""
    found = [line.removeprefix("route replace ") for line in lines if line.startswith("route replace ")]
    pairs = [
        ("blackhole", one.split()[1])
        if one.startswith("blackhole")
        else (one.partition(" dst " if " dst " in one else " via ")[2].split()[0], one.split()[0])
        for one in found
    ]
    assert len({pods for _, pods in pairs}) == len(pairs), "a range twice: the later one would win"
    return {pods: to for to, pods in pairs}


def test_a_machines_place_is_its_pods_place(tmp_path: Path) -> None:
    assert routes(told(tmp_path)) == {
        "10.10.1.0/24": "10.80.0.1",
        "10.10.2.0/24": "blackhole",
        "10.10.3.0/24": "10.80.0.3",
        "10.10.4.0/24": "10.80.0.4",
        "10.10.5.0/24": "10.80.0.5",
        "10.10.6.0/24": "10.80.0.6",
    }


@pytest.mark.parametrize("more", [{}, TUNNEL])
def test_a_range_chosen_by_hand_is_its_machines_alone(tmp_path: Path, more: dict[str, str]) -> None:
    """Also where it lies in the places of addresses without a machine, and is larger than one."""
    found = routes(told(tmp_path, EXCEPTIONS="10.10.4.0/23=10.80.0.3 10.10.200.0/25=10.80.0.6", **more))
    assert found == {
        "10.10.1.0/24": "10.80.0.1",
        "10.10.2.0/24": "blackhole",
        "10.10.4.0/23": "10.80.0.3",
        "10.10.200.0/25": "10.80.0.6",
    }


def test_in_a_tunnel_each_route_names_the_machine_and_each_machine_its_ethernet_address(tmp_path: Path) -> None:
    lines = told(tmp_path, **TUNNEL)
    assert (
        "route replace 10.10.3.0/24 encap ip id 1 src 10.80.0.2 dst 10.80.0.3 via 10.10.3.0 "
        "dev vxlan.pods onlink src 10.10.2.0 proto 201"
    ) in lines
    assert "neighbour replace 10.10.3.0 lladdr 06:00:0a:50:00:03 dev vxlan.pods nud permanent" in lines
    # Some of the machines' addresses are broadcast addresses in a smaller subnet: none is a gateway.
    assert not [line for line in lines if " via 10.80." in line]
    assert "address replace 10.10.2.0/32 dev vxlan.pods" in lines
    assert "    udp dport 4789 ip saddr != 10.80.0.0/29 drop" in lines


def test_without_a_tunnel_one_from_before_goes(tmp_path: Path) -> None:
    assert "link delete vxlan.pods" in told(tmp_path)
    (tmp_path / "told").unlink()
    assert "link delete vxlan.pods" not in told(tmp_path, **TUNNEL)
