"""Keys and certificates, made by the real engine and checked by OpenSSL."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pulumi
import pulumi_tls as tls
import pytest

from tests.engine.standins.stack import Program, Stack

pytestmark = pytest.mark.engine


def _chain(*, hours: int = 48, early: int = 0, name: str = "leaf") -> Program:
    def program() -> None:
        ca_key = tls.PrivateKey("ca-key", algorithm="ECDSA", ecdsa_curve="P384")
        ca = tls.SelfSignedCert(
            "ca",
            private_key_pem=ca_key.private_key_pem,
            subject={"common_name": "authority"},
            is_ca_certificate=True,
            allowed_uses=["cert_signing", "crl_signing"],
            validity_period_hours=100,
        )
        key = tls.PrivateKey("key", algorithm="RSA")
        request = tls.CertRequest(
            "request",
            private_key_pem=key.private_key_pem,
            subject={"common_name": name, "organization": "group"},
            dns_names=["leaf.test"],
            ip_addresses=["10.0.0.1"],
        )
        certificate = tls.LocallySignedCert(
            "certificate",
            ca_cert_pem=ca.cert_pem,
            ca_private_key_pem=ca_key.private_key_pem,
            cert_request_pem=request.cert_request_pem,
            allowed_uses=["server_auth", "digital_signature"],
            validity_period_hours=hours,
            early_renewal_hours=early,
        )
        pulumi.export("ca", ca.cert_pem)
        pulumi.export("certificate", certificate.cert_pem)
        pulumi.export("key", key.private_key_pem_pkcs8)
        pulumi.export("ready", certificate.ready_for_renewal)

    return program


def test_chain(stack: Stack, tmp_path: Path) -> None:
    run = stack.up(_chain())
    for name in ("ca", "certificate"):
        (tmp_path / name).write_text(run.outputs[name])
    verify = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_ip", "10.0.0.1"]
    subprocess.run([*verify, "-CAfile", tmp_path / "ca", tmp_path / "certificate"], check=True)
    assert "PRIVATE KEY" not in stack.state_text()
    assert stack.up(_chain()).changed() == {}


def test_changed_name_replaces_what_depends_on_it(stack: Stack) -> None:
    stack.up(_chain())
    changed = stack.up(_chain(name="other")).changed()
    assert {"request", "certificate"} <= set(changed)
    assert not {"ca", "ca-key", "key"} & set(changed)


def test_certificate_is_renewed_when_it_is_due(stack: Stack) -> None:
    first = stack.up(_chain(hours=2))
    assert stack.up(_chain(hours=2)).changed() == {}
    # A later renewal is a matter of the state only; an earlier one than now makes a new certificate.
    assert stack.up(_chain(hours=2, early=1)).steps["certificate"] == ["update"]
    renewed = stack.up(_chain(hours=2, early=3))
    assert "create-replacement" in renewed.steps["certificate"]
    assert renewed.outputs["certificate"] != first.outputs["certificate"]


def test_preview_of_a_new_chain(stack: Stack) -> None:
    previewed = stack.preview(_chain()).previewed
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert previewed["certificate"]["certPem"] == unknown
    assert previewed["request"]["subject"] == {"commonName": "leaf", "organization": "group"}
