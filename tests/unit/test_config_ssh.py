"""How machines are reached: keys, host keys, secrets."""

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.unit.config_support import (
    DROP,
    changed,
    expect_one,
    host_key,
    load,
    local_settings,
    private_key,
    problems,
    settings,
)

BASTION = {"host": "bastion.example.org", "hostKey": host_key(1)}

CASES: list[tuple[dict[str, Any], str, str]] = [
    # host keys
    ({"machines[1].ssh": {}}, "machines[1].ssh.hostKey", "ssh-keyscan -t ecdsa 10.80.0.21"),
    ({"machines[1].ssh": {"port": 2222}}, "machines[1].ssh.hostKey", "ssh-keyscan -t ecdsa -p 2222 10.80.0.21"),
    (
        {"machines[1].ssh": {"host": "n1.example.org"}},
        "machines[1].ssh.hostKey",
        "ssh-keyscan -t ecdsa n1.example.org",
    ),
    ({"machines[1].ssh.hostKey": "ssh-ed25519 AAAA"}, "machines[1].ssh.hostKey", "ssh-keyscan"),
    ({"machines[1].ssh.hostKey": "ssh-ed25519 (fill in)"}, "machines[1].ssh.hostKey", "ssh-keyscan"),
    ({"machines[1].ssh.hostKey": host_key().replace("ed25519", "rsa")}, "machines[1].ssh.hostKey", "ssh-keyscan"),
    (
        {"machines[1].ssh.hostKey": f"n1 {host_key()}"},
        "machines[1].ssh.hostKey",
        f"leave the first word out: {host_key()}",
    ),
    ({"machines[1].ssh.hostKey": f"{host_key()}\n{host_key()}"}, "machines[1].ssh.hostKey", "ssh-keyscan"),
    ({"ssh.bastion": {"host": "bastion"}}, "ssh.bastion.hostKey", "hostKey: ecdsa-sha2"),
    ({"ssh.bastion": {**BASTION, "host": "bastion:22"}}, "ssh.bastion.host", "without a port"),
    ({"machines[1].ssh.host": "10.0.0.300"}, "machines[1].ssh.host", "without a port"),
    # private keys
    ({"ssh": DROP}, "ssh", "--secret --path kubernetes:ssh.privateKey"),
    ({"ssh.privateKeyFile": "key"}, "ssh.privateKeyFile", "leave one of them out"),
    ({"ssh.privateKey": host_key()}, "ssh.privateKey", "without .pub"),
    ({"ssh.privateKey": "nonsense"}, "ssh.privateKey", "ssh-keygen -y"),
    ({"ssh.privateKey": private_key()[:200]}, "ssh.privateKey", "ssh-keygen -y"),
]


@pytest.mark.parametrize(("changes", "key", "way_out"), CASES, ids=lambda value: str(value)[:60])
def test_refused(changes: dict[str, Any], key: str, way_out: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(private_key())
    (tmp_path / "key").chmod(0o600)
    expect_one(problems(changed(settings(), changes), root=tmp_path), key, way_out)


def test_a_plain_private_key_is_refused_and_not_shown() -> None:
    found = problems(settings(), secrets=())
    expect_one(found, "ssh.privateKey", "pulumi config set --secret --path kubernetes:ssh.privateKey")
    assert private_key()[60:100] not in str(found[0])


def test_the_comment_of_a_host_key_is_left_out() -> None:
    config = load(changed(settings(), {"machines[1].ssh.hostKey": f"{host_key()} root@n1"}))
    assert config.machines[1].ssh.host_key == host_key()


@pytest.mark.parametrize("how", ["OpenSSH", "PKCS8", "TraditionalOpenSSL"])
def test_an_encrypted_key_is_recognised(how: str, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form, passphrase = getattr(PrivateFormat, how), BestAvailableEncryption(b"long enough")
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, form, passphrase))
    (tmp_path / "key").chmod(0o600)
    data = changed(settings(), {"ssh": {"privateKeyFile": "key"}})
    expect_one(problems(data, root=tmp_path), "ssh.privateKeyFile", "ssh-keygen -p -N ''")
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, form, NoEncryption()))
    assert problems(data, root=tmp_path) == ()


def test_key_files(tmp_path: Path) -> None:
    key, data = tmp_path / "key", changed(settings(), {"ssh": {"privateKeyFile": "key"}})
    expect_one(problems(data, root=tmp_path), "ssh.privateKeyFile", f"ssh-keygen -t ed25519 -N '' -f {key}")
    key.mkdir()
    assert "folder" in problems(data, root=tmp_path)[0].rule
    key.rmdir()
    key.write_bytes(b"\xff\xfe")
    key.chmod(0o600)
    assert "an SSH private key" in problems(data, root=tmp_path)[0].rule
    key.write_text(private_key())
    key.chmod(0o640)
    found = problems(data, root=tmp_path)
    expect_one(found, "ssh.privateKeyFile", f"chmod 600 {key}")
    assert "0640" in found[0].rule
    key.chmod(0o600)
    assert problems(data, root=tmp_path) == ()


def test_a_key_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "id").write_bytes(
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    )
    (tmp_path / "id").chmod(0o600)
    assert problems(changed(settings(), {"ssh": {"privateKeyFile": "~/id"}})) == ()


def test_local_machines_need_no_keys_and_take_none() -> None:
    assert problems(local_settings()) == ()
    expect_one(problems(changed(local_settings(), {"ssh": {"user": "me"}})), "ssh", "leave ssh out")
    expect_one(problems(changed(local_settings(), {"ssh": {"privateKey": private_key()}})), "ssh", "leave ssh out")
    expect_one(
        problems(changed(local_settings(), {"machines[1].ssh": {"port": 23}})), "machines[1].ssh", "leave ssh out"
    )


def test_secrets_belong_where_they_stay_secret() -> None:
    data = changed(settings(), {"extraFiles": [{"path": "/etc/x", "content": "geheim"}]})
    found = problems(data, secrets=("ssh", "extraFiles"))
    expect_one(found, "extraFiles", "ssh.privateKey and images.password")
    assert "geheim" not in str(found[0])


@pytest.mark.parametrize(
    ("changes", "secrets"),
    [
        ({"ssh.privateKey": 12345678}, ("ssh",)),
        ({"ssh.privateKey": 12345678}, ()),
        ({"ssh.privatekey": "12345678"}, ()),
        ({"ssh.user": 12345678}, ("ssh",)),
        ({"images": {"password": 12345678, "username": "x", "registry": "r"}}, ("ssh", "images")),
        ({"images": {"password": "12345678"}}, ("ssh",)),
        ({"machines[1].ssh.hostKey": f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(b'12345678')!r}"}, ("ssh",)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_no_secret_is_ever_shown(changes: dict[str, Any], secrets: tuple[str, ...]) -> None:
    found = problems(changed(settings(), changes), secrets=secrets)
    assert found
    text = "\n".join(map(str, found))
    assert "12345678" not in text
    assert base64.b64encode(b"12345678").decode() not in text
