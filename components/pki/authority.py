"""A certificate authority and the certificates it signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_tls as tls

from components.config.settings import Certificates
from components.plan.model import Certificate
from components.plan.rotation import Generations, named

# A purpose of a certificate → the usages that RFC 5280 names for it.
USAGES = {"server": "server_auth", "client": "client_auth"}


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """A certificate and its private key, in PEM."""

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]
    valid_until: pulumi.Output[str]


def private_key(name: str, algorithm: Literal["ECDSA", "RSA"], opts: pulumi.ResourceOptions) -> tls.PrivateKey:
    """A private key: P-256, or RSA with 3072 bits (both about 128 bits of strength, NIST SP 800-57)."""
    if algorithm == "RSA":
        return tls.PrivateKey(name, algorithm="RSA", rsa_bits=3072, opts=opts)
    return tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=opts)


class Authority:
    """A self-signed authority whose key stays in the stack's state (the cluster's goes to control planes as well)."""

    pair: KeyPair

    def __init__(self, name: str, common_name: str, settings: Certificates, opts: pulumi.ResourceOptions) -> None:
        self.settings = settings
        key = private_key(name, settings.algorithm, opts)
        certificate = tls.SelfSignedCert(
            name,
            private_key_pem=key.private_key_pem,
            is_ca_certificate=True,
            set_subject_key_id=True,
            subject=tls.SelfSignedCertSubjectArgs(common_name=common_name),
            validity_period_hours=settings.authority_validity_hours,
            allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
            opts=opts,
        )
        self.pair = KeyPair(
            certificate=certificate.cert_pem, key=key.private_key_pem, valid_until=certificate.validity_end_time
        )

    def issue(
        self,
        wanted: Certificate,
        renewal: pulumi.Input[object],
        opts: pulumi.ResourceOptions,
        addresses: Sequence[pulumi.Input[str]] = (),
    ) -> KeyPair:
        """Issue a certificate with a key of its own; both are made anew when `renewal` changes.

        `addresses` are put into it besides those that the plan knows.
        """
        key_opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(replacement_trigger=renewal))
        key = private_key(wanted.name, self.settings.algorithm, key_opts)
        request = tls.CertRequest(
            wanted.name,
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(
                common_name=wanted.common_name,
                # The subject of pulumi-tls has one organization.
                organization=_only(wanted.organizations),
            ),
            dns_names=list(wanted.dns_names) or None,
            ip_addresses=[*wanted.addresses, *addresses] or None,
            opts=opts,
        )
        signed = tls.LocallySignedCert(
            wanted.name,
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=self.pair.key,
            ca_cert_pem=self.pair.certificate,
            validity_period_hours=self.settings.validity_hours,
            set_subject_key_id=True,
            allowed_uses=["digital_signature", "key_encipherment", *(USAGES[usage] for usage in wanted.usages)],
            opts=opts,
        )
        return KeyPair(certificate=signed.cert_pem, key=key.private_key_pem, valid_until=signed.validity_end_time)


class Authorities:
    """An authority in the one or two generations that are trusted.

    `pair` is the one that signs, `trusted` the certificates of all in one file, `pairs` all by the resource's name.
    """

    def __init__(
        self,
        name: str,
        common_name: str,
        generations: Generations,
        settings: Certificates,
        opts: pulumi.ResourceOptions,
    ) -> None:
        # Another name for each: openssl, and with it curl, looks for who signed by name alone.
        known = {
            n: Authority(named(name, n), common_name if n == 1 else f"{common_name} {n}", settings, opts)
            for n in generations.accepted
        }
        self._signing, self._generation = known[generations.used], generations.used
        self.pair = self._signing.pair
        self.pairs = {named(name, n): authority.pair for n, authority in known.items()}
        # The one that signs comes first: what is made from this text, as machines of a group are, is made anew with it.
        in_order = sorted(known, key=lambda n: n != generations.used)
        self.trusted = joined([known[n].pair.certificate for n in in_order])

    def issue(
        self,
        wanted: Certificate,
        renewal: pulumi.Output[int],
        opts: pulumi.ResourceOptions,
        addresses: Sequence[pulumi.Input[str]] = (),
    ) -> KeyPair:
        """As `Authority.issue`; the key is made anew with the authority as well."""
        generation = self._generation
        trigger = renewal if generation == 1 else renewal.apply(lambda number: f"{number}/{generation}")
        return self._signing.issue(wanted, trigger, opts, addresses)


def joined(pems: Sequence[pulumi.Output[str]]) -> pulumi.Output[str]:
    """PEM blocks in one file."""
    whole: pulumi.Output[str] = pulumi.Output.all(*pems).apply(lambda parts: "".join(parts))
    return whole if len(pems) > 1 else pems[0]


def _only(values: Sequence[str]) -> str | None:
    if len(values) > 1:
        raise ValueError(f"a certificate can carry one organization, not {len(values)}: {', '.join(values)}")
    return values[0] if values else None


def calendar(issued: Mapping[str, KeyPair]) -> pulumi.Output[list[dict[str, str]]]:
    """What ends when: [{"certificate": name, "validUntil": RFC 3339 time}], the soonest first."""
    ends = pulumi.Output.all(**{name: pair.valid_until for name, pair in issued.items()})
    return ends.apply(
        lambda ends: [{"certificate": n, "validUntil": t} for n, t in sorted(ends.items(), key=lambda e: (e[1], e[0]))]
    )
