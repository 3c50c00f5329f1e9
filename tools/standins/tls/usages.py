"""What a certificate may be used for: the words of the input allowedUses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# The word → the field of X.509's key usage.
KEY_USAGES: Final = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
# The word → the object identifier of X.509's extended key usage.
EXTENDED_KEY_USAGES: Final = {
    "any_extended": "2.5.29.37.0",
    "server_auth": "1.3.6.1.5.5.7.3.1",
    "client_auth": "1.3.6.1.5.5.7.3.2",
    "code_signing": "1.3.6.1.5.5.7.3.3",
    "email_protection": "1.3.6.1.5.5.7.3.4",
    "ipsec_end_system": "1.3.6.1.5.5.7.3.5",
    "ipsec_tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec_user": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp_signing": "1.3.6.1.5.5.7.3.9",
    "microsoft_server_gated_crypto": "1.3.6.1.4.1.311.10.3.3",
    "netscape_server_gated_crypto": "2.16.840.1.113730.4.1",
    "microsoft_commercial_code_signing": "1.3.6.1.4.1.311.2.1.22",
    "microsoft_kernel_code_signing": "1.3.6.1.4.1.311.61.1.1",
}


def key_usages(words: Sequence[str]) -> dict[str, bool]:
    """Every field of the key usage extension, or nothing when no word asks for it."""
    asked = {KEY_USAGES[word] for word in words if word in KEY_USAGES}
    return {field: field in asked for field in KEY_USAGES.values()} if asked else {}


def extended_key_usages(words: Sequence[str]) -> list[str]:
    """The object identifiers of the extended key usage extension, in the order of the words."""
    return [EXTENDED_KEY_USAGES[word] for word in words if word in EXTENDED_KEY_USAGES]
