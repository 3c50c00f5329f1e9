"""The resources of the tls plugin. All of them live in the state only.

What needs the cryptography package is imported when something is made: a preview makes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from tools.standins.core.operation import Operation
from tools.standins.core.resource import StateOnlyResource
from tools.standins.core.schema import Failure, Input, Output
from tools.standins.tls.renewal import is_due
from tools.standins.tls.schema import (
    CERTIFICATE,
    CERTIFICATE_OUTPUTS,
    REQUEST,
    malformed_addresses,
    missing_key,
    private_key_inputs,
)


class PrivateKey(StateOnlyResource):
    """A private key, in every encoding."""

    token = "tls:index/privateKey:PrivateKey"
    inputs: ClassVar[Mapping[str, Input]] = {
        "algorithm": Input(type="string", required=True, replaces=True, choices=("RSA", "ECDSA", "ED25519")),
        "ecdsaCurve": Input(type="string", default="P224", replaces=True, choices=("P224", "P256", "P384", "P521")),
        "rsaBits": Input(type="integer", default=2048, replaces=True),
    }
    outputs: ClassVar[Mapping[str, Output]] = {
        "privateKeyOpenssh": Output(type="string", secret=True),
        "privateKeyPem": Output(type="string", secret=True),
        "privateKeyPemPkcs8": Output(type="string", secret=True),
        "publicKeyFingerprintMd5": Output(type="string"),
        "publicKeyFingerprintSha256": Output(type="string"),
        "publicKeyOpenssh": Output(type="string"),
        "publicKeyPem": Output(type="string"),
    }

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return await asyncio.to_thread(_make_key, inputs)


class CertRequest(StateOnlyResource):
    """A certificate signing request."""

    token = "tls:index/certRequest:CertRequest"
    inputs: ClassVar[Mapping[str, Input]] = {**REQUEST, **private_key_inputs("privateKeyPem")}
    outputs: ClassVar[Mapping[str, Output]] = {
        "certRequestPem": Output(type="string"),
        "keyAlgorithm": Output(type="string"),
    }

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        return [*missing_key(inputs, "privateKeyPem"), *malformed_addresses(inputs)]

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return await asyncio.to_thread(_make_request, inputs)


class _Certificate(StateOnlyResource):
    def outdated(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[str, ...]:
        return ("readyForRenewal",) if is_due(state, inputs.get("earlyRenewalHours")) else ()

    def refresh(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {"readyForRenewal": True} if is_due(state, state.get("earlyRenewalHours")) else {}


class SelfSignedCert(_Certificate):
    """A certificate that signs itself."""

    token = "tls:index/selfSignedCert:SelfSignedCert"
    inputs: ClassVar[Mapping[str, Input]] = {
        **CERTIFICATE,
        **REQUEST,
        **private_key_inputs("privateKeyPem"),
        "setAuthorityKeyId": Input(type="boolean", default=False, replaces=True),
    }
    outputs: ClassVar[Mapping[str, Output]] = {**CERTIFICATE_OUTPUTS, "keyAlgorithm": Output(type="string")}

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        return [*missing_key(inputs, "privateKeyPem"), *malformed_addresses(inputs)]

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return await asyncio.to_thread(_self_sign, inputs)


class LocallySignedCert(_Certificate):
    """A certificate that an authority in the program signs."""

    token = "tls:index/locallySignedCert:LocallySignedCert"
    inputs: ClassVar[Mapping[str, Input]] = {
        **CERTIFICATE,
        **private_key_inputs("caPrivateKeyPem"),
        "caCertPem": Input(type="string", required=True, replaces=True),
        "certRequestPem": Input(type="string", required=True, replaces=True),
    }
    outputs: ClassVar[Mapping[str, Output]] = {**CERTIFICATE_OUTPUTS, "caKeyAlgorithm": Output(type="string")}

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        return missing_key(inputs, "caPrivateKeyPem")

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        signer_is_authority, made = await asyncio.to_thread(_sign, inputs)
        if not signer_is_authority:
            await operation.warn("caCertPem is not the certificate of an authority: what it signs may be rejected")
        return made


def _make_key(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    from tools.standins.tls import keys

    key = keys.generate(inputs["algorithm"], rsa_bits=int(inputs["rsaBits"]), ecdsa_curve=inputs["ecdsaCurve"])
    return _digest(keys.public_der(key.public_key())), keys.encodings(key)


def _make_request(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    from tools.standins.tls import keys, requests

    key = keys.load(inputs["privateKeyPem"], "privateKeyPem")
    request = requests.make(inputs, key)
    return _digest(request.der), {"certRequestPem": request.pem, "keyAlgorithm": keys.algorithm_of(key)}


def _self_sign(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    from tools.standins.tls import certificates, keys, names

    key = keys.load(inputs["privateKeyPem"], "privateKeyPem")
    bearer = certificates.Bearer(
        subject=names.subject_of(inputs),
        alternative_names=names.alternative_names_of(inputs),
        key=key.public_key(),
    )
    serial, outputs = certificates.issue(inputs, bearer, certificates.Issuer(key=key))
    return serial, {**outputs, "keyAlgorithm": keys.algorithm_of(key)}


def _sign(inputs: Mapping[str, Any]) -> tuple[bool, tuple[str, dict[str, Any]]]:
    from tools.standins.tls import certificates, keys, requests

    key = keys.load(inputs["caPrivateKeyPem"], "caPrivateKeyPem")
    issuer = certificates.load_authority(inputs["caCertPem"], key)
    serial, outputs = certificates.issue(inputs, requests.bearer(inputs["certRequestPem"]), issuer)
    signer_is_authority = issuer.certificate is not None and certificates.is_authority(issuer.certificate)
    return signer_is_authority, (serial, {**outputs, "caKeyAlgorithm": keys.algorithm_of(key)})


def _digest(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


RESOURCES = (CertRequest(), LocallySignedCert(), PrivateKey(), SelfSignedCert())
