"""The stage `pki`: from certificates as data to what each machine and each user gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pulumi
import pulumi_random as random
import pulumi_tls as tls

from components.config.settings import ClusterConfig, User
from components.pki.authority import Authorities, KeyPair, calendar
from components.pki.kubeconfig import kubeconfig
from components.pki.renewal import Renewal
from components.pki.shared import EncryptionKeys, ServiceAccountKey
from components.pki.tokens import BootstrapToken, TokenUser, backup_keys, bootstrap_token, group_token, token_file
from components.plan import groups
from components.plan.certificates import of_control_plane, of_user
from components.plan.files import REGISTRY_LOGIN
from components.plan.model import Cluster, Group, Machine, Member
from components.plan.rotation import named
from components.plan.templates import render

ADMIN = "admin"


class Pki(pulumi.ComponentResource):
    """Authorities, certificates, keys and tokens of the cluster.

    Attributes: `api_server` (the URL for people), `kubeconfig` (the admin's, secret), `kubeconfigs` (user → secret
    kubeconfig), `tokens` (user → secret token), `certificates` (the calendar), `copy_key` (opens the host that
    snapshots are copied to; None without one), `next_copy_key` (the one that will, while it is to be let in there).
    """

    def __init__(
        self, name: str, cluster: Cluster, config: ClusterConfig, api_addresses: Sequence[pulumi.Output[str]]
    ) -> None:
        super().__init__("kubernetes:index:Pki", name)
        self._cluster, self._own = cluster, pulumi.ResourceOptions(parent=self)
        self._api_addresses = api_addresses
        self.api_server = _url(cluster, api_addresses)
        self._images = config.images
        settings = config.certificates
        self._renewal = Renewal(
            validity_hours=settings.validity_hours, renew_before_hours=settings.renew_before_hours, opts=self._own
        )
        self._authorities = {
            key: Authorities(f"{key}-ca", common_name, cluster.rotation.authorities, settings, self._own)
            for key, common_name in (
                ("cluster", cluster.name),
                ("etcd", f"{cluster.name}-etcd"),
                ("front-proxy", f"{cluster.name}-front-proxy"),
            )
        }
        self._issued: dict[str, KeyPair] = {}
        ssh = cluster.rotation.ssh
        copy_keys = {
            n: tls.PrivateKey(named("backup-copy", n), algorithm="ED25519", opts=self._own)
            for n in (ssh.accepted if cluster.backup.copy_to else ())
        }
        self.copy_key = copy_keys.get(ssh.used)
        self.next_copy_key = copy_keys.get(ssh.generation) if ssh.stage == "trust" else None
        self._of_machines(settings.algorithm)
        self._of_users(config.users)
        authorities = {name: pair for one in self._authorities.values() for name, pair in one.pairs.items()}
        self.certificates = calendar(authorities | self._issued)
        self.register_outputs({})

    def _of_machines(self, algorithm: Literal["ECDSA", "RSA"]) -> None:
        for machine in self._cluster.control_planes:
            for wanted in of_control_plane(self._cluster, machine):
                self._issued[wanted.name] = self._authorities[wanted.authority].issue(
                    wanted, self._renewal.number, self._own, self._api_addresses if wanted.public else ()
                )
        rotation = self._cluster.rotation
        self._service_account = ServiceAccountKey(algorithm, rotation.service_account, self._own)
        self._encryption = EncryptionKeys(rotation.encryption, self._own)
        self._backup_key = random.RandomPassword("backup-key", length=64, special=False, opts=self._own)
        seed = named("bootstrap-seed", rotation.tokens)
        self._bootstrap_seed = random.RandomPassword(seed, length=32, special=False, opts=self._own)

    def _of_users(self, users: tuple[User, ...]) -> None:
        admin = of_user(ADMIN, "system:masters")
        self._issued[admin.name] = self._authorities["cluster"].issue(admin, self._renewal.number, self._own)
        self.kubeconfig = self._certificate_kubeconfig(ADMIN, self._issued[admin.name])
        self.tokens: dict[str, pulumi.Output[str]] = {}
        self.kubeconfigs: dict[str, pulumi.Output[str]] = {}
        for user in users:
            if user.credential == "token":
                name = named(f"user-{user.name}", self._cluster.rotation.tokens)
                token = random.RandomPassword(name, length=32, special=False, opts=self._own)
                self.tokens[user.name] = token.result
                self.kubeconfigs[user.name] = self._kubeconfig(user.name, pulumi.Output.all(token=token.result))
            else:
                wanted = of_user(user.name, *user.groups)
                pair = self._authorities["cluster"].issue(wanted, self._renewal.number, self._own)
                self._issued[wanted.name] = pair
                self.kubeconfigs[user.name] = self._certificate_kubeconfig(user.name, pair)
        self._token_users = tuple(user for user in users if user.credential == "token")

    def _certificate_kubeconfig(self, user: str, pair: KeyPair) -> pulumi.Output[str]:
        return self._kubeconfig(
            user, pulumi.Output.all(**{"client-certificate-data": pair.certificate, "client-key-data": pair.key})
        )

    def _kubeconfig(self, user: str, credential: pulumi.Output[dict[str, str]]) -> pulumi.Output[str]:
        def render_one(parts: list[object]) -> str:
            authority, server, given = parts
            return kubeconfig(
                cluster=self._cluster.name,
                server=str(server),
                authority=str(authority),
                user=user,
                credential=given,  # type: ignore[arg-type]
            )

        authority = self._authorities["cluster"].trusted
        return pulumi.Output.secret(pulumi.Output.all(authority, self.api_server, credential).apply(render_one))

    @property
    def signing_certificate(self) -> pulumi.Output[str]:
        """The authority of which kubelets get their certificates."""
        return self._authorities["cluster"].pair.certificate

    def bootstrap_token(self) -> pulumi.Output[str]:
        """`TOKEN_ID=…` and `TOKEN_SECRET=…`, for a control plane that lets machines in."""
        return self._bootstrap_seed.result.apply(lambda seed: bootstrap_token(seed).environment)

    def group_token(self, group: Group, content: pulumi.Input[str]) -> pulumi.Output[BootstrapToken]:
        """The token of a group whose machines get that content, secret."""
        return pulumi.Output.all(self._bootstrap_seed.result, content).apply(
            lambda known: group_token(known[0], group.name, known[1])
        )

    def group_renewal(self, group: Group) -> pulumi.Output[int]:
        """Another number whenever half of the time of the group's token is over."""
        return self._renewal.periods(validity_hours=group.token_hours, renew_before_hours=group.token_hours // 2)

    @property
    def authority(self) -> pulumi.Output[str]:
        """What the API server is trusted by: the certificate of the cluster's authority, of both while one follows the
        other."""
        return self._authorities["cluster"].trusted

    def prepare_sources(self, machine: Member) -> Mapping[str, pulumi.Input[str]]:
        """Content of `plan.files.prepare_secrets`, by source."""
        if not self._cluster.private_registry or self._images.password is None:
            return {}
        password = self._images.password.get_secret_value()
        login = render(REGISTRY_LOGIN, self._cluster, machine, username=self._images.username or "", password=password)
        return {"registry-login": pulumi.Output.secret(login)}

    def node_sources(self, machine: Member) -> Mapping[str, pulumi.Input[str]]:
        """Content of `plan.files.node_secrets`, by source. A group's machine has its token already, and fills it in."""
        path = "/etc/kubernetes/bootstrap.kubeconfig"

        def kubeconfig(seed: str) -> str:
            token = str(bootstrap_token(seed)) if isinstance(machine, Machine) else groups.TOKEN
            return render(path, self._cluster, machine, token=token)

        return {
            "ca/cluster.crt": self.authority,
            "bootstrap.kubeconfig": self._bootstrap_seed.result.apply(kubeconfig),
        }

    def control_plane_sources(self, machine: Machine) -> Mapping[str, pulumi.Input[str]]:
        """Content of `plan.files.control_plane_secrets`, by source."""
        sources: dict[str, pulumi.Input[str]] = dict(self.node_sources(machine))
        for key, authority in self._authorities.items():
            sources[f"ca/{key}.crt"] = authority.trusted
        sources["ca/cluster-signing.crt"] = self._authorities["cluster"].pair.certificate
        sources["ca/cluster.key"] = self._authorities["cluster"].pair.key
        for wanted in of_control_plane(self._cluster, machine):
            pair = self._issued[wanted.name]
            sources[f"certificate/{wanted.name}.crt"], sources[f"certificate/{wanted.name}.key"] = (
                pair.certificate,
                pair.key,
            )
        sources["service-account.key"] = self._service_account.private
        sources["service-account.pub"] = self._service_account.public
        encryption = "/etc/kubernetes/kube-apiserver/encryption.yaml"
        sources["encryption.yaml"] = self._encryption.keys.apply(
            lambda keys: render(encryption, self._cluster, machine, keys=keys)
        )
        keys = self._backup_key.result.apply(backup_keys)
        for name in ("encryption.key", "authentication.key"):
            sources[f"backup/{name}"] = keys[name]
        if self.copy_key:
            sources["backup/copy.key"] = self.copy_key.private_key_openssh
        if self._token_users:
            sources["tokens.csv"] = pulumi.Output.all(**self.tokens).apply(self._token_file)
        return sources

    def _token_file(self, tokens: dict[str, str]) -> str:
        return token_file([TokenUser(name=u.name, groups=u.groups, token=tokens[u.name]) for u in self._token_users])


def _url(cluster: Cluster, public: Sequence[pulumi.Output[str]]) -> pulumi.Input[str]:
    """The API's URL in kubeconfigs: at its public address, where a cloud reserved one."""
    return (
        public[0].apply(lambda address: f"https://{address}:{cluster.api_port}") if public else cluster.api_server_url
    )
