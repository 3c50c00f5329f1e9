"""Subjects and alternative names of certificates and requests."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

# In the order in which Go's pkix.Name writes them.
_ATTRIBUTES: Final = (
    ("country", NameOID.COUNTRY_NAME),
    ("organization", NameOID.ORGANIZATION_NAME),
    ("organizationalUnit", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("locality", NameOID.LOCALITY_NAME),
    ("province", NameOID.STATE_OR_PROVINCE_NAME),
    ("streetAddresses", NameOID.STREET_ADDRESS),
    ("postalCode", NameOID.POSTAL_CODE),
    ("commonName", NameOID.COMMON_NAME),
    ("serialNumber", NameOID.SERIAL_NUMBER),
    ("emailAddress", NameOID.EMAIL_ADDRESS),
)


def subject_of(inputs: Mapping[str, Any]) -> x509.Name:
    """The distinguished name in the input `subject`; what is empty is left out."""
    subject = inputs.get("subject", {})
    parts = []
    for name, oid in _ATTRIBUTES:
        values = subject.get(name)
        texts = values if isinstance(values, list) else [values] if values else []
        if texts:
            # Without the length limits of X.520, which Go does not check: system:node:NAME may be longer than 64.
            attributes = [x509.NameAttribute(oid, text, _validate=False) for text in texts]
            parts.append(x509.RelativeDistinguishedName(attributes))
    return x509.Name(parts)


def alternative_names_of(inputs: Mapping[str, Any]) -> x509.SubjectAlternativeName | None:
    """The names in the inputs dnsNames, ipAddresses and uris."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in inputs.get("dnsNames", [])]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.get("ipAddresses", [])]
    names += [x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris", [])]
    return x509.SubjectAlternativeName(names) if names else None


def requested_alternative_names(request: x509.CertificateSigningRequest) -> x509.SubjectAlternativeName | None:
    """The names in a request, of the kinds that are taken over into a certificate."""
    try:
        asked = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    taken = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier)
    names = [name for name in asked if isinstance(name, taken)]
    return x509.SubjectAlternativeName(names) if names else None
