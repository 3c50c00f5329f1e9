"""Certificate signing requests: made, and read by the authority that signs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tools.standins.core.operation import StandInError
from tools.standins.tls.certificates import Bearer
from tools.standins.tls.keys import PrivateKey, PublicKey, signature_hash
from tools.standins.tls.names import alternative_names_of, requested_alternative_names, subject_of


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request in both its encodings."""

    der: bytes
    pem: str


def make(inputs: Mapping[str, Any], key: PrivateKey) -> Request:
    """The request that the inputs ask for, signed with its own key."""
    builder = x509.CertificateSigningRequestBuilder(subject_name=subject_of(inputs))
    if (names := alternative_names_of(inputs)) is not None:
        builder = builder.add_extension(names, critical=not subject_of(inputs).rdns)
    request = builder.sign(key, signature_hash(key))
    return Request(der=request.public_bytes(Encoding.DER), pem=request.public_bytes(Encoding.PEM).decode())


def bearer(pem: str) -> Bearer:
    """Whom a certificate for this request is for. Raises StandInError when it is none, or not signed with its key."""
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
        valid = request.is_signature_valid
    except ValueError as error:
        raise StandInError("failed to parse certRequestPem: expected a certificate request in PEM") from error
    if not valid or not isinstance(key, PublicKey):
        raise StandInError("certRequestPem is not signed with an RSA, ECDSA or ED25519 key of its own")
    return Bearer(subject=request.subject, alternative_names=requested_alternative_names(request), key=key)
