"""A kubelet gets its certificates anew at once when another authority signs. The authorities are real ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.scripts.machine import Ended, Machine

# The API: signs what is asked for with the authority that is in `signs`, and shows it at the second look.
CURL = """#!/bin/bash
here=${0%/*}/.. method=GET data= url=
while (($#)); do
  case $1 in
    --request) method=$2; shift 2 ;;
    --data) data=$2; shift 2 ;;
    http*) url=$1; shift ;;
    *) shift ;;
  esac
done
case $method:$url in
  *:10250/*) [ ! -e "$here/kubelet/pki/kubelet-server-current.pem" ]; exit ;;
  POST:*/certificatesigningrequests*)
    cat >"$here/asked"
    sed -n 's/.*"request": "\\([^"]*\\)".*/\\1/p' "$here/asked" | base64 -d |
      openssl x509 -req -CA "$here/$(cat "$here/signs").crt" -CAkey "$here/$(cat "$here/signs").key" -days 1 \\
        -out "$here/signed" 2>/dev/null
    printf '{\\n  "metadata": {\\n    "generateName": "renew-",\\n    "name": "renew-7"\\n  }\\n}\\n' ;;
  GET:*/certificatesigningrequests/renew-7*)
    [ -e "$here/looked" ] || { : >"$here/looked"; echo '{"status": {}}'; exit; }
    printf '{\\n  "status": {\\n    "certificate": "%s"\\n  }\\n}\\n' "$(base64 -w0 "$here/signed")" ;;
  GET:*/api/v1/nodes/*)
    printf '    "type": "Ready"\\n    "status": "True"\\n    "kubeletVersion": "v1.36.3"\\n' ;;
esac
"""
BODY = """
cp {folder}/new.crt $STAGE/authority.crt
NODE=n1 ADDRESS=10.80.0.21 NODE_UNITS="kube-proxy"
. $STAGE/renew.sh
"""


def _authority(machine: Machine, name: str) -> None:
    base = str(machine.folder / name)
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={name}", "-keyout", f"{base}.key", "-out", f"{base}.crt",
    )  # fmt: skip


def _openssl(*arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


def _certificate(machine: Machine, kind: str, signer: str) -> None:
    """A kubelet's certificate with its key, as kubelets keep them."""
    key, request = machine.folder / "leaf.key", machine.folder / "leaf.csr"
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
    _openssl("req", "-new", "-key", str(key), "-subj", "/O=system:nodes/CN=system:node:n1", "-out", str(request))
    signed = _openssl(
        "x509", "-req", "-in", str(request), "-CA", str(machine.folder / f"{signer}.crt"),
        "-CAkey", str(machine.folder / f"{signer}.key"), "-days", "1",
    )  # fmt: skip
    pki = machine.folder / "kubelet" / "pki"
    (pki / f"kubelet-{kind}-1.pem").write_text(signed + key.read_text())
    (pki / f"kubelet-{kind}-current.pem").symlink_to(pki / f"kubelet-{kind}-1.pem")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine whose kubelet has certificates of the old authority."""
    machine = Machine(tmp_path / "machine")
    machine.fake("curl", CURL)
    machine.fake("kubelet", "#!/bin/bash\necho Kubernetes v1.36.3\n")
    (machine.folder / "kubelet" / "pki").mkdir(parents=True)
    (machine.folder / "kubelet" / "kubeconfig").write_text("    server: https://api:6443\n")
    for name in ("old", "new"):
        _authority(machine, name)
    for kind in ("client", "server"):
        _certificate(machine, kind, "old")
    (machine.folder / "signs").write_text("new")
    return machine


def _run(machine: Machine) -> Ended:
    return machine.run(BODY.format(folder=machine.folder), step="renew")


def _current(machine: Machine) -> Path:
    return machine.folder / "kubelet" / "pki" / "kubelet-client-current.pem"


def _of_new(machine: Machine, file: Path) -> bool:
    command = ["openssl", "verify", "-CAfile", str(machine.folder / "new.crt"), str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_both_certificates_are_made_anew(machine: Machine) -> None:
    ended = _run(machine)
    assert ended.status == 0, ended
    assert _of_new(machine, _current(machine))
    # The key fits, lies in the same file, and is nobody else's.
    key = _openssl("pkey", "-in", str(_current(machine)), "-pubout")
    assert key == _openssl("x509", "-in", str(_current(machine)), "-noout", "-pubkey")
    assert _current(machine).resolve().stat().st_mode & 0o777 == 0o600
    subject = _openssl("x509", "-in", str(_current(machine)), "-noout", "-subject").replace(" ", "")
    assert subject.strip() == "subject=O=system:nodes,CN=system:node:n1"
    assert '"signerName": "kubernetes.io/kube-apiserver-client-kubelet"' in (machine.folder / "asked").read_text()
    # The kubelet asks for the other one itself, when it starts without.
    assert not (machine.folder / "kubelet" / "pki" / "kubelet-server-current.pem").exists()
    started = machine.told_systemd()
    assert "restart --no-block kubelet" in started
    assert "restart --no-block kube-proxy" in started


def test_a_kubelet_that_has_them_is_left_alone(machine: Machine) -> None:
    for kind in ("client", "server"):
        (machine.folder / "kubelet" / "pki" / f"kubelet-{kind}-current.pem").unlink()
        _certificate(machine, kind, "new")
    machine.fake("curl", CURL.replace('[ ! -e "$here/kubelet/pki/kubelet-server-current.pem" ]', "true"))
    ended = _run(machine)
    assert ended.status == 0, ended
    assert not (machine.folder / "asked").exists()
    assert not any(line.startswith("restart") for line in machine.told_systemd())


def test_what_the_old_authority_signs_is_not_taken(machine: Machine) -> None:
    (machine.folder / "signs").write_text("old")
    body = BODY.replace(". $STAGE/renew.sh", ". <(sed 's/wait_for 120/wait_for 1/' $STAGE/renew.sh)")
    before = _current(machine).resolve()
    ended = machine.run(body.format(folder=machine.folder), step="renew")
    assert ended.status == 1
    assert "expected a client certificate of the new authority within 1 s" in ended.errors
    assert _current(machine).resolve() == before
