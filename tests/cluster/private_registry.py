"""A private registry for tests: HTTPS with a certificate of its own, a user and a password, read-only.

It serves the image archives that set-up has made. Pulling is all it can do of the distribution protocol.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
import json
import secrets
import ssl
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(kw_only=True)
class Registry:
    """What the registry has, who may read it, and what was asked."""

    address: str
    port: int
    user: str = "puller"
    password: str = field(default_factory=secrets.token_hex)
    certificate: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    """Digest → content."""
    tags: dict[str, str] = field(default_factory=dict)
    """`REPOSITORY:TAG` → digest of a manifest."""
    pulled: set[str] = field(default_factory=set)
    refused: int = 0
    """Requests without the right password."""

    @property
    def name(self) -> str:
        """HOST:PORT/PREFIX, as a stack file names it."""
        return f"{self.address}:{self.port}/kubernetes"

    def add(self, archive: Path) -> None:
        """Take an archive as `docker save` writes it."""
        with tarfile.open(archive) as tar:
            for image in json.loads(_read(tar, "manifest.json")):
                config = self._blob(CONFIG, _read(tar, image["Config"]))
                layers = [self._blob(LAYER, _read(tar, layer)) for layer in image["Layers"]]
                manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
                digest = self._blob(MANIFEST, json.dumps(manifest).encode())["digest"]
                for tag in image["RepoTags"]:
                    self.tags[tag.partition("/")[2]] = str(digest)

    def find(self, path: str) -> tuple[str, str]:
        """Media type and digest of what a path of the protocol names."""
        repository, _, reference = path.removeprefix("/v2/kubernetes/").partition("/manifests/")
        if not reference:
            return "application/octet-stream", path.rpartition("/")[2]
        self.pulled.add(repository)
        return MANIFEST, self.tags.get(f"{repository}:{reference}", reference)

    def _blob(self, kind: str, content: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blobs[digest] = content
        return {"mediaType": kind, "digest": digest, "size": len(content)}


@contextmanager
def serve(registry: Registry, folder: Path) -> Iterator[Registry]:
    """Serve it until the end; `folder` takes its key for that time."""
    key_file, certificate_file = _certificate(registry.address, folder)
    registry.certificate = certificate_file.read_text()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    server = ThreadingHTTPServer((registry.address, registry.port), _handler(registry))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()


def _handler(registry: Registry) -> type[BaseHTTPRequestHandler]:
    login = "Basic " + base64.b64encode(f"{registry.user}:{registry.password}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # A machine that goes away in the middle of its first words holds no other up.
        timeout = 30

        def do_GET(self) -> None:
            if self.headers["Authorization"] != login:
                registry.refused += 1
                self._answer(401, b"{}", ("WWW-Authenticate", 'Basic realm="registry"'))
                return
            if self.path == "/v2/":
                self._answer(200, b"{}")
                return
            kind, digest = registry.find(self.path)
            if digest in registry.blobs:
                headers = ("Content-Type", kind), ("Docker-Content-Digest", digest)
                self._answer(200, registry.blobs[digest], *headers)
            else:
                self._answer(404, b"{}")

        def do_HEAD(self) -> None:
            self.do_GET()

        def _answer(self, status: int, content: bytes, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(content)))):
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    assert member is not None, name
    return member.read()


def _certificate(address: str, folder: Path) -> tuple[Path, Path]:
    """A key and a certificate that is its own authority, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "private registry of a test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "registry.key", folder / "registry.crt"
    no_password = serialization.NoEncryption()
    encoding = serialization.Encoding.PEM
    key_file.write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_password))
    certificate_file.write_bytes(certificate.public_bytes(encoding))
    return key_file, certificate_file
