"""Builds certificates and requests, with the extensions that Go's x509 package writes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from tools.standins.core.operation import StandInError
from tools.standins.tls.keys import PrivateKey, PublicKey, public_der, signature_hash
from tools.standins.tls.usages import extended_key_usages, key_usages


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who signs. `certificate` is None for a certificate that signs itself."""

    key: PrivateKey
    certificate: x509.Certificate | None = None


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Whom the certificate is for."""

    subject: x509.Name
    alternative_names: x509.SubjectAlternativeName | None
    key: PublicKey


def issue(inputs: Mapping[str, Any], bearer: Bearer, issuer: Issuer) -> tuple[str, dict[str, Any]]:
    """The serial number and the outputs of a new certificate. Raises StandInError when it cannot be made."""
    if inputs["isCaCertificate"] and not bearer.subject.rdns:
        raise StandInError("a certificate authority must have at least one part of a subject")
    serial = secrets.randbelow(1 << 128) or 1
    start = time.time_ns()
    end = start + int(inputs["validityPeriodHours"]) * 3600 * 10**9
    builder = x509.CertificateBuilder(
        issuer_name=issuer.certificate.subject if issuer.certificate else bearer.subject,
        subject_name=bearer.subject,
        public_key=bearer.key,
        serial_number=serial,
        not_valid_before=_datetime(start),
        not_valid_after=_datetime(end),
    )
    for extension, critical in _extensions(inputs, bearer, issuer):
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(issuer.key, signature_hash(issuer.key))
    return str(serial), {
        "certPem": certificate.public_bytes(Encoding.PEM).decode(),
        "readyForRenewal": False,
        "validityEndTime": _rfc3339(end),
        "validityStartTime": _rfc3339(start),
    }


def load_authority(certificate_pem: str, key: PrivateKey) -> Issuer:
    """The authority of a certificate and its key. Raises StandInError when they are not a pair."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    except ValueError as error:
        raise StandInError("failed to parse caCertPem: expected a certificate in PEM") from error
    authority_key = certificate.public_key()
    if not isinstance(authority_key, PublicKey) or public_der(authority_key) != public_der(key.public_key()):
        raise StandInError("x509: provided PrivateKey doesn't match parent's PublicKey")
    return Issuer(key=key, certificate=certificate)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate may sign others."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _extensions(inputs: Mapping[str, Any], bearer: Bearer, issuer: Issuer) -> list[tuple[x509.ExtensionType, bool]]:
    words = inputs["allowedUses"]
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if usages := key_usages(words):
        extensions.append((x509.KeyUsage(**usages), True))
    if identifiers := extended_key_usages(words):
        extensions.append((x509.ExtendedKeyUsage([ObjectIdentifier(each) for each in identifiers]), False))
    authority = inputs["isCaCertificate"]
    path_length = int(inputs["maxPathLength"])
    allowed = path_length if authority and path_length >= 0 else None
    extensions.append((x509.BasicConstraints(ca=authority, path_length=allowed), True))
    own_identifier = x509.SubjectKeyIdentifier.from_public_key(bearer.key)
    if authority or inputs["setSubjectKeyId"]:
        extensions.append((own_identifier, False))
    if (signer := _signer_identifier(inputs, bearer, issuer, own_identifier)) is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer)
        extensions.append((identifier, False))
    if bearer.alternative_names is not None:
        extensions.append((bearer.alternative_names, not bearer.subject.rdns))
    return extensions


def _signer_identifier(
    inputs: Mapping[str, Any], bearer: Bearer, issuer: Issuer, own: x509.SubjectKeyIdentifier
) -> x509.SubjectKeyIdentifier | None:
    if issuer.certificate is None:
        if not inputs["setAuthorityKeyId"]:
            return None
        if not (inputs["isCaCertificate"] or inputs["setSubjectKeyId"]):
            raise StandInError("setAuthorityKeyId needs a subject key identifier: set setSubjectKeyId too")
        return own
    if issuer.certificate.subject == bearer.subject:
        return None
    try:
        return issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None


def _datetime(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds // 10**9, tz=UTC)


def _rfc3339(nanoseconds: int) -> str:
    # As precise as the official plugin writes it, so that a reader has to cope with nine digits.
    seconds, fraction = divmod(nanoseconds, 10**9)
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:09d}".rstrip("0")
    return f"{text}.{digits}Z" if digits else f"{text}Z"
