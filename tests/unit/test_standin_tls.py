"""Keys, requests and certificates of the stand-in for pulumi-tls, read back by OpenSSL and OpenSSH."""

from __future__ import annotations

import asyncio
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tools.standins.core.operation import Operation, StandInError
from tools.standins.core.resource import Resource
from tools.standins.core.schema import check
from tools.standins.tls.resources import CertRequest, LocallySignedCert, PrivateKey, SelfSignedCert

AUTHORITY: dict[str, Any] = {
    "isCaCertificate": True,
    "allowedUses": ["cert_signing", "crl_signing", "digital_signature"],
    "validityPeriodHours": 48,
    "subject": {"commonName": "authority"},
}


def _create(resource: Resource, warnings: list[str] | None = None, **given: Any) -> dict[str, Any]:
    inputs, failures = check(resource.inputs, given)
    assert [*failures, *resource.problems(inputs)] == []

    async def log(severity: str, message: str, ephemeral: bool) -> None:
        if warnings is not None:
            warnings.append(message)

    async def creating() -> dict[str, Any]:
        operation = Operation(log=log, cancelled=asyncio.Event())
        plain = {name: getattr(value, "value", value) for name, value in inputs.items()}
        resource_id, outputs = await resource.create(operation, "name", plain)
        return {**plain, **outputs, "id": resource_id}

    return asyncio.run(creating())


def _key(algorithm: str = "ECDSA", curve: str = "P256") -> dict[str, Any]:
    return _create(PrivateKey(), algorithm=algorithm, ecdsaCurve=curve)


def _text(*command: str, given: str) -> str:
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("algorithm", "curve", "heading", "says"),
    [
        ("RSA", "P224", "BEGIN RSA PRIVATE KEY", "2048 bit"),
        ("ECDSA", "P224", "BEGIN EC PRIVATE KEY", "secp224r1"),
        ("ECDSA", "P256", "BEGIN EC PRIVATE KEY", "prime256v1"),
        ("ECDSA", "P384", "BEGIN EC PRIVATE KEY", "secp384r1"),
        ("ECDSA", "P521", "BEGIN EC PRIVATE KEY", "secp521r1"),
        ("ED25519", "P224", "BEGIN PRIVATE KEY", "ED25519"),
    ],
)
def test_private_key(algorithm: str, curve: str, heading: str, says: str, tmp_path: Path) -> None:
    key = _key(algorithm, curve)
    assert heading in key["privateKeyPem"]
    for name in ("privateKeyPem", "privateKeyPemPkcs8"):
        assert says in _text("openssl", "pkey", "-noout", "-text", given=key[name])
        assert _text("openssl", "pkey", "-pubout", given=key[name]) == key["publicKeyPem"]
    if curve == "P224" and algorithm == "ECDSA":
        assert key["publicKeyOpenssh"] == key["privateKeyOpenssh"] == key["publicKeyFingerprintSha256"] == ""
        return
    private = tmp_path / "key"
    private.touch(mode=0o600)
    private.write_text(key["privateKeyOpenssh"])
    line = _text("ssh-keygen", "-y", "-f", str(private), given="")
    assert line.split()[:2] == key["publicKeyOpenssh"].split()
    sha256 = _text("ssh-keygen", "-lf", "-", given=line).split()[1]
    md5 = _text("ssh-keygen", "-E", "md5", "-lf", "-", given=line).split()[1]
    assert (sha256, md5) == (key["publicKeyFingerprintSha256"], "MD5:" + key["publicKeyFingerprintMd5"])


def test_authority() -> None:
    certificate = _create(
        SelfSignedCert(), **AUTHORITY, privateKeyPem=_key()["privateKeyPem"], setAuthorityKeyId=True, maxPathLength=1
    )
    text = _text("openssl", "x509", "-noout", "-text", given=certificate["certPem"])
    for line in (
        "X509v3 Key Usage: critical",
        "Digital Signature, Certificate Sign, CRL Sign",
        "X509v3 Basic Constraints: critical",
        "CA:TRUE, pathlen:1",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "ecdsa-with-SHA256",
    ):
        assert line in text
    read = x509.load_pem_x509_certificate(certificate["certPem"].encode())
    assert certificate["id"] == str(read.serial_number)
    start, end = (datetime.fromisoformat(certificate[f"validity{each}Time"]) for each in ("Start", "End"))
    assert end - start == timedelta(hours=48)
    assert start.replace(microsecond=0) == read.not_valid_before_utc
    assert certificate["keyAlgorithm"] == "ECDSA"
    assert certificate["readyForRenewal"] is False


@pytest.mark.parametrize("algorithm", ["RSA", "ECDSA", "ED25519"])
def test_authority_signs_a_request(algorithm: str, tmp_path: Path) -> None:
    ca_key, key = _key(algorithm, "P521"), _key(algorithm, "P384")
    ca = _create(SelfSignedCert(), **AUTHORITY, privateKeyPem=ca_key["privateKeyPem"])
    subject = {"commonName": "system:node:" + "n" * 60, "organization": "system:nodes", "streetAddresses": ["a", "b"]}
    names = {"dnsNames": ["a.test"], "ipAddresses": ["10.0.0.1", "::1"], "uris": ["spiffe://x/y"]}
    request = _create(CertRequest(), privateKeyPem=key["privateKeyPem"], subject=subject, **names)
    assert "self-signature verify OK" in _verify_request(request["certRequestPem"])
    certificate = _create(
        LocallySignedCert(),
        caCertPem=ca["certPem"],
        caPrivateKeyPem=ca_key["privateKeyPem"],
        certRequestPem=request["certRequestPem"],
        allowedUses=["client_auth", "server_auth", "key_encipherment"],
        validityPeriodHours=1,
    )
    (tmp_path / "ca").write_text(ca["certPem"])
    (tmp_path / "leaf").write_text(certificate["certPem"])
    verify = ["openssl", "verify", "-x509_strict", "-CAfile", str(tmp_path / "ca"), str(tmp_path / "leaf")]
    subprocess.run(verify, check=True, capture_output=True)
    text = _text("openssl", "x509", "-noout", "-text", given=certificate["certPem"])
    assert "DNS:a.test, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://x/y" in text
    assert "TLS Web Client Authentication, TLS Web Server Authentication" in text
    assert "CA:FALSE" in text
    leaf = x509.load_pem_x509_certificate(certificate["certPem"].encode())
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == subject["commonName"]
    assert certificate["caKeyAlgorithm"] == algorithm


def _verify_request(pem: str) -> str:
    command = ["openssl", "req", "-noout", "-verify"]
    return subprocess.run(command, input=pem, capture_output=True, text=True, check=True).stderr


def test_alternative_names_are_critical_without_a_subject() -> None:
    key = _key()
    request = _create(CertRequest(), privateKeyPem=key["privateKeyPem"], dnsNames=["a.test"])
    text = _text("openssl", "req", "-noout", "-text", given=request["certRequestPem"])
    assert "X509v3 Subject Alternative Name: critical" in text


def test_signer_that_is_no_authority_is_warned_about() -> None:
    key = _key()
    signer = _create(SelfSignedCert(), **{**AUTHORITY, "isCaCertificate": False}, privateKeyPem=key["privateKeyPem"])
    request = _create(CertRequest(), privateKeyPem=key["privateKeyPem"], subject={"commonName": "x"})
    warnings: list[str] = []
    _create(
        LocallySignedCert(),
        warnings,
        caCertPem=signer["certPem"],
        caPrivateKeyPem=key["privateKeyPem"],
        certRequestPem=request["certRequestPem"],
        allowedUses=[],
        validityPeriodHours=1,
    )
    assert len(warnings) == 1


def test_what_cannot_be_made_is_refused() -> None:
    key, other = _key()["privateKeyPem"], _key()["privateKeyPem"]
    ca = _create(SelfSignedCert(), **AUTHORITY, privateKeyPem=key)["certPem"]
    request = _create(CertRequest(), privateKeyPem=key, subject={"commonName": "x"})["certRequestPem"]
    uses: dict[str, Any] = {"allowedUses": [], "validityPeriodHours": 1}
    with pytest.raises(StandInError, match="at least one part of a subject"):
        _create(SelfSignedCert(), **{**AUTHORITY, "subject": {}}, privateKeyPem=key)
    with pytest.raises(StandInError, match="failed to parse privateKeyPem"):
        _create(CertRequest(), privateKeyPem="-----BEGIN PRIVATE KEY-----")
    with pytest.raises(StandInError, match="doesn't match parent's PublicKey"):
        _create(LocallySignedCert(), caCertPem=ca, caPrivateKeyPem=other, certRequestPem=request, **uses)
    with pytest.raises(StandInError, match="failed to parse caCertPem"):
        _create(LocallySignedCert(), caCertPem="x", caPrivateKeyPem=key, certRequestPem=request, **uses)
    with pytest.raises(StandInError, match="failed to parse certRequestPem"):
        _create(LocallySignedCert(), caCertPem=ca, caPrivateKeyPem=key, certRequestPem=ca, **uses)
