"""Private keys: made, written in every encoding that the plugin gives, and read."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tools.standins.core.operation import StandInError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}


def generate(algorithm: str, *, rsa_bits: int, ecdsa_curve: str) -> PrivateKey:
    """A new key: RSA, ECDSA or ED25519."""
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(_CURVES[ecdsa_curve])
    return ed25519.Ed25519PrivateKey.generate()


def load(pem: str, what: str) -> PrivateKey:
    """The key in a PEM text. Raises StandInError, which never quotes it."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise StandInError(f"failed to parse {what}: expected an unencrypted private key in PEM") from error
    if not isinstance(key, PrivateKey):
        raise StandInError(f"failed to parse {what}: expected an RSA, ECDSA or ED25519 key")
    return key


def algorithm_of(key: PrivateKey) -> str:
    """The name that the plugin gives the key's algorithm."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """The hash that Go's x509 package signs with by default; ED25519 has its own."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    size = key.key_size if isinstance(key, ec.EllipticCurvePrivateKey) else 0
    if size > 384:
        return hashes.SHA512()
    return hashes.SHA384() if size == 384 else hashes.SHA256()


def public_der(key: PublicKey) -> bytes:
    """The public key as a SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def encodings(key: PrivateKey) -> dict[str, Any]:
    """Every output of a private key resource."""
    # PKCS#1 and SEC 1 have no form for ED25519.
    own_format = PrivateFormat.PKCS8 if isinstance(key, ed25519.Ed25519PrivateKey) else PrivateFormat.TraditionalOpenSSL
    public = key.public_key()
    return {
        "privateKeyPem": _private(key, own_format),
        "privateKeyPemPkcs8": _private(key, PrivateFormat.PKCS8),
        "publicKeyPem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        **_openssh(key, public),
    }


def _openssh(key: PrivateKey, public: PublicKey) -> dict[str, str]:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size == 224:
        names = ("privateKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256", "publicKeyOpenssh")
        return dict.fromkeys(names, "")  # SSH has no P-224
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    blob = base64.b64decode(line.split()[1])
    return {
        "privateKeyOpenssh": _private(key, PrivateFormat.OpenSSH),
        "publicKeyFingerprintMd5": hashlib.md5(blob, usedforsecurity=False).digest().hex(":"),
        "publicKeyFingerprintSha256": "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("="),
        "publicKeyOpenssh": line + "\n",
    }


def _private(key: PrivateKey, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
