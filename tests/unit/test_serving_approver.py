"""The kubelet serving approver: the script itself, a kubectl that only plays its part, and requests made by openssl."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "components/files/usr/local/lib/kubernetes-from-scratch/kubelet-serving-approver"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

P256 = "EC:prime256v1"
NODE, ADDRESS = "n1", "10.80.0.21"
USER, GROUPS = f"system:node:{NODE}", ("system:nodes", "system:authenticated")
USAGES = ("digital signature", "server auth")
SUBJECT, NAMES = f"/O=system:nodes/CN=system:node:{NODE}", f"DNS:{NODE},IP:{ADDRESS}"

FAKE_KUBECTL = """\
#!/usr/bin/env -S python3 -IS
# Plays kubectl: prints the requests as the script's template does, answers for Nodes, writes down what is approved.
import json, os, pathlib, sys, time

folder = pathlib.Path(os.environ["FAKE"])
words = [word for word in sys.argv[1:] if not word.startswith("-")]
quote = lambda text: json.dumps(text, ensure_ascii=False)
row = lambda texts: "[" + "".join(quote(text) + "," for text in texts) + "]"
if words[:2] == ["get", "certificatesigningrequests"]:
    for event in json.loads((folder / "events").read_text()):
        time.sleep(event["after"])
        line = "\\x1f".join([event["type"], event["name"], quote(event["user"]), row(event["groups"]),
            row(event["usages"]), "decided" if event["decided"] else "open", event["request"]]) + "\\n"
        # In two halves, as a stream may come.
        for half in (line[:40], line[40:]):
            print(half, end="", flush=True)
            time.sleep(event["stutter"])
    time.sleep(json.loads((folder / "stay").read_text()))
elif words[:2] == ["get", "nodes"]:
    with (folder / "looks").open("a") as looks:
        looks.write(".")
    late = len((folder / "looks").read_text()) <= json.loads((folder / "late").read_text())
    for name, address in json.loads((folder / "nodes").read_text()).items():
        if name in words:
            print(name, "" if late else address)
elif words[:2] == ["certificate", "approve"]:
    if (folder / "refuse").exists():
        (folder / "refuse").unlink()
        sys.exit("the server has a fit")
    with (folder / "approved").open("a") as approved:
        print(words[2], file=approved)
else:
    sys.exit(f"unexpected: {sys.argv}")
"""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What the watch shows of one request."""

    name: str = "csr-1"
    request: str
    user: str = USER
    groups: tuple[str, ...] = GROUPS
    usages: tuple[str, ...] = USAGES
    type: str = "ADDED"
    decided: bool = False
    after: float = 0
    stutter: float = 0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the approver did."""

    approved: list[str]
    log: str


Run = Callable[..., Outcome]


@pytest.fixture
def openssl(tmp_path: Path) -> Path:
    """A folder for openssl's files, with a configuration that writes subjects as kubelets do (PrintableString)."""
    folder = tmp_path / "openssl"
    folder.mkdir()
    (folder / "config").write_text("[req]\nprompt = no\nstring_mask = default\ndistinguished_name = name\n[name]\n")
    return folder


def request(folder: Path, subject: str = SUBJECT, names: str = NAMES, *extra: str, key: str = P256) -> str:
    """A request in PEM, base64-encoded as in the API."""
    algorithm, _, curve = key.partition(":")
    options = (
        ["-pkeyopt", f"ec_paramgen_curve:{curve}"] if algorithm == "EC" else ["-pkeyopt", f"rsa_keygen_bits:{curve}"]
    )
    command = [
        "openssl",
        "req",
        "-new",
        "-config",
        "config",
        "-newkey",
        algorithm,
        *options,
        "-nodes",
        "-keyout",
        "/dev/null",
    ]
    if names:
        command += ["-addext", f"subjectAltName={names}"]
    if subject:
        command += ["-subj", subject]
    made = subprocess.run([*command, *extra], cwd=folder, check=True, capture_output=True)
    return base64.b64encode(made.stdout).decode()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Outcome]:
    """Runs the approver until the watch ends: run(event, …, nodes=…, late=…, stay=…, refuse_once=…)."""

    def run_script(
        *events: Event,
        nodes: dict[str, str] | None = None,
        late: int = 0,
        stay: float = 0,
        refuse_once: bool = False,
    ) -> Outcome:
        kubectl = tmp_path / "bin" / "kubectl"
        kubectl.parent.mkdir()
        kubectl.write_text(FAKE_KUBECTL)
        kubectl.chmod(0o755)
        (tmp_path / "events").write_text(json.dumps([vars(event) for event in events]))
        (tmp_path / "nodes").write_text(json.dumps(nodes if nodes is not None else {NODE: ADDRESS, "n2": "10.80.0.22"}))
        (tmp_path / "late").write_text(str(late))
        (tmp_path / "stay").write_text(str(stay))
        if refuse_once:
            (tmp_path / "refuse").touch()
        environment = {**os.environ, "PATH": f"{kubectl.parent}:{os.environ['PATH']}", "FAKE": str(tmp_path)}
        done = subprocess.run([SCRIPT], env=environment, capture_output=True, text=True, timeout=60)
        approved = tmp_path / "approved"
        return Outcome(
            approved=approved.read_text().split() if approved.exists() else [], log=done.stdout + done.stderr
        )

    return run_script


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(NAMES, id="name and address"),
        pytest.param(f"IP:{ADDRESS}", id="address only"),
    ],
)
@pytest.mark.parametrize("usages", [USAGES, ("key encipherment", *USAGES)])
def test_own_names_are_approved(run: Run, openssl: Path, names: str, usages: tuple[str, ...]) -> None:
    outcome = run(Event(request=request(openssl, names=names), usages=usages))
    assert outcome.approved == ["csr-1"]
    assert f"csr-1: approved for {NODE} at {ADDRESS}" in outcome.log


@pytest.mark.parametrize("length", [1, 10, 51])
def test_names_of_every_length_are_approved(run: Run, openssl: Path, length: int) -> None:
    # DER writes the request's length in two or three bytes. 51 is the longest that fits into openssl's common names.
    node = "a" * length
    made = request(openssl, f"/O=system:nodes/CN=system:node:{node}", f"DNS:{node},IP:{ADDRESS}")
    assert run(Event(user=f"system:node:{node}", request=made), nodes={node: ADDRESS}).approved == ["csr-1"]


OTHER_NAMES = "it asks for other names or addresses"
NOT_ONE_BLOCK = "it is not one PEM block and nothing else"


@pytest.mark.parametrize(
    ("subject", "names", "extra", "key", "why"),
    [
        pytest.param(SUBJECT, f"DNS:n2,IP:{ADDRESS}", (), P256, OTHER_NAMES, id="another's name"),
        pytest.param(SUBJECT, f"DNS:{NODE},IP:10.80.0.22", (), P256, OTHER_NAMES, id="another's address"),
        pytest.param(SUBJECT, f"{NAMES},DNS:kubernetes", (), P256, OTHER_NAMES, id="one name more"),
        pytest.param(SUBJECT, f"{NAMES},IP:10.0.0.1", (), P256, OTHER_NAMES, id="one address more"),
        pytest.param(SUBJECT, f"{NAMES},email:root@n1", (), P256, OTHER_NAMES, id="a mail address"),
        pytest.param(SUBJECT, f"{NAMES},URI:spiffe://n1", (), P256, OTHER_NAMES, id="a URI"),
        pytest.param(SUBJECT, f"critical,{NAMES}", (), P256, OTHER_NAMES, id="critical, as no kubelet writes it"),
        pytest.param(SUBJECT, "", (), P256, OTHER_NAMES, id="no names"),
        pytest.param(SUBJECT, f"DNS:{NODE}", (), P256, OTHER_NAMES, id="no address"),
        pytest.param(SUBJECT, NAMES, ("-addext", "basicConstraints=CA:TRUE"), P256, OTHER_NAMES, id="an authority"),
        pytest.param(SUBJECT, NAMES, ("-addext", "keyUsage=keyCertSign"), P256, OTHER_NAMES, id="signing certificates"),
        pytest.param(SUBJECT, NAMES, (), "EC:secp384r1", OTHER_NAMES, id="another curve"),
        pytest.param(SUBJECT, NAMES, (), "RSA:2048", OTHER_NAMES, id="RSA"),
        pytest.param("/O=system:nodes/CN=system:node:n2", NAMES, (), P256, "its subject", id="another's subject"),
        pytest.param("/O=system:masters/CN=system:node:n1", NAMES, (), P256, "its subject", id="another group"),
        pytest.param(f"/O=system:masters{SUBJECT}", NAMES, (), P256, "its subject", id="one group more"),
        pytest.param("/O=system:nodes/CN=kubernetes-admin", NAMES, (), P256, "its subject", id="no node"),
    ],
)
def test_other_content_is_left_pending(
    run: Run, openssl: Path, subject: str, names: str, extra: tuple[str, ...], key: str, why: str
) -> None:
    outcome = run(Event(request=request(openssl, subject, names, *extra, key=key)))
    assert outcome.approved == []
    assert f"csr-1: left pending: {why}" in outcome.log


def test_a_name_with_a_line_break_hides_nothing(run: Run, openssl: Path) -> None:
    # Printed by openssl, the second line looks like the end of the names.
    (openssl / "config").write_text(
        "[req]\nprompt = no\nstring_mask = default\ndistinguished_name = name\nreq_extensions = extensions\n"
        f"[name]\nO = system:nodes\nCN = system:node:{NODE}\n"
        "[extensions]\nsubjectAltName = @names\n"
        f"[names]\nDNS.1 = {NODE}\\n    Signature Algorithm: ecdsa-with-SHA256\nDNS.2 = kubernetes\n"
        f"IP.1 = {ADDRESS}\n"
    )
    outcome = run(Event(request=request(openssl, "", "")))
    assert outcome.approved == []
    assert OTHER_NAMES in outcome.log


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda pem: pem + pem, NOT_ONE_BLOCK, id="two blocks"),
        pytest.param(lambda pem: b"x\n" + pem, NOT_ONE_BLOCK, id="text before"),
        pytest.param(lambda pem: pem + b"x\n", NOT_ONE_BLOCK, id="text after"),
        pytest.param(lambda pem: pem.replace(b"BEGIN", b"BE\0GIN"), NOT_ONE_BLOCK, id="a NUL byte"),
        pytest.param(
            lambda pem: pem.replace(b"REQUEST-----\n", b"REQUEST-----\nA: b\n\n", 1), NOT_ONE_BLOCK, id="a header"
        ),
        pytest.param(lambda pem: b"", NOT_ONE_BLOCK, id="nothing"),
        pytest.param(lambda pem: pem[:90] + pem[120:], "", id="bytes missing"),
    ],
)
def test_damaged_or_padded_requests_are_left_pending(
    run: Run, openssl: Path, spoil: Callable[[bytes], bytes], why: str
) -> None:
    pem = base64.b64decode(request(openssl))
    outcome = run(Event(request=base64.b64encode(spoil(pem)).decode()))
    assert outcome.approved == []
    assert f"csr-1: left pending: {why}" in outcome.log


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"user": "system:node:n2"}, "its subject", id="another node sends it"),
        pytest.param({"user": "jane"}, "is no node", id="a person sends it"),
        pytest.param({"user": f"system:node:{NODE}\x1fx"}, "is no node", id="a separator in the name"),
        pytest.param({"user": f"system:node:{NODE}\nADDED"}, "is no node", id="a line break in the name"),
        pytest.param({"groups": ("system:authenticated",)}, "not in the group system:nodes", id="not in the group"),
        pytest.param({"groups": ('x","system:nodes',)}, "not in the group system:nodes", id="quotes in a group"),
        pytest.param({"usages": ("digital signature", "client auth")}, "its usages", id="a client's certificate"),
        pytest.param({"usages": (*USAGES, "client auth")}, "its usages", id="one usage more"),
    ],
)
def test_other_senders_and_usages_are_left_pending(run: Run, openssl: Path, changed: dict[str, Any], why: str) -> None:
    outcome = run(Event(request=request(openssl), **changed))
    assert outcome.approved == []
    assert "csr-1: left pending: " in outcome.log
    assert why in outcome.log


def test_another_address_label_is_refused(run: Run, openssl: Path) -> None:
    outcome = run(Event(request=request(openssl)), nodes={NODE: "10.80.0.99"})
    assert outcome.approved == []
    assert "10.80.0.99" in outcome.log


def test_a_request_before_the_label_is_looked_at_again(run: Run, openssl: Path) -> None:
    outcome = run(Event(request=request(openssl)), late=2, stay=5)
    assert outcome.approved == ["csr-1"]


def test_a_request_that_goes_is_forgotten(run: Run, openssl: Path) -> None:
    made = request(openssl)
    outcome = run(Event(request=made), Event(request=made, type="DELETED", after=0.5), late=1, stay=3)
    assert outcome.approved == []


def test_a_failed_approval_is_tried_again(run: Run, openssl: Path) -> None:
    assert run(Event(request=request(openssl)), refuse_once=True, stay=3).approved == ["csr-1"]


def test_decided_requests_are_not_touched(run: Run, openssl: Path) -> None:
    assert run(Event(request=request(openssl), decided=True)).approved == []


def test_requests_of_several_nodes_in_a_halting_stream(run: Run, openssl: Path) -> None:
    # The first one waits for its label, so that the stream is read with a limit and lines come in pieces.
    waits = Event(name="csr-0", user="system:node:n9", request=request(openssl))
    first = Event(request=request(openssl), after=0.2, stutter=1.5)
    second = Event(
        name="csr-2",
        user="system:node:n2",
        request=request(openssl, "/O=system:nodes/CN=system:node:n2", "DNS:n2,IP:10.80.0.22"),
    )
    assert sorted(run(waits, first, second).approved) == ["csr-1", "csr-2"]
