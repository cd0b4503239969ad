"""What nobody may see is found wherever it stands, and what only looks like it stays readable."""

from __future__ import annotations

import base64
import json

import pytest

from sources.conftest import MANIFESTS, Home, pool, said


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CONFIG = f"write_files:\n- path: /etc/rancher/rke2/config.yaml\n  content: |\n    {{}}\n- path: {MANIFESTS}/p.yaml\n"

HIDDEN = [
    ("token: {}", "K10f00ba4::server:c0ffee"),
    ("agent-token: '{}'", "agent-s3cr3t"),
    ('"token": "{}"', "quoted-t0ken"),
    ("etcd-s3-secret-key: {}", "wJalrXUtnFEMI/K7MDENG"),
    ("etcd-s3-access-key: {}", "AKIAIOSFODNN7"),
    ("password: {}", "correct horse battery"),
    ("password: {}  # the old one", "hunter2hunter2"),
    ("hashed_passwd: {}", "$6$rounds=4096$abcdef$0123456789"),
    ("x: [{}]", "$2y$10$abcdefghijklmnopqrstuv"),
    ("passwd: {}", "$y$j9T$abcdefgh$ijklmnop"),
    ("auth: {}", "dXNlcjpwYXNzd29yZA=="),
    ("clientSecret: {}", "0f1e2d3c4b5a"),
    ("url: https://bob:{}@registry.example.com/v2", "p4ssw0rd"),
    ("export K3S_TOKEN={}", "sh3ll-token"),
    ("curl --token {} https://x", "opt10n-token"),
    ("Authorization: Bearer {}", "eyJhbGciOi.J9.abc"),
    ("password: *{}", "S3cr3tAlias"),
]


@pytest.mark.parametrize(("line", "secret"), HIDDEN)
def test_a_secret_in_a_file_on_the_node(home: Home, line: str, secret: str) -> None:
    """A line of any file that a telling name, an option or its form gives away is hidden."""
    reading = home.read(CONFIG.format(line.format(secret)))
    assert reading.secrets.redact(f"before {secret} behind") == "before … behind"


def test_a_private_key(home: Home) -> None:
    """Each line of a private key is hidden."""
    begin, end = (f"-----{word} OPENSSH PRIVATE KEY-----" for word in ("BEGIN", "END"))
    lines = [begin, "b3BlbnNzaC1rZXktdjEAAAAA", "QyNTUxOQAAACB7", end]
    key = "\n".join(lines)
    block = "".join(f"    {line}\n" for line in lines)
    reading = home.read(f"ssh_keys:\n  ed25519_private: |\n{block}write_files: []\n")
    assert reading.secrets.redact("QyNTUxOQAAACB7") == "…"
    assert "b3BlbnNzaC1rZXktdjEAAAAA" not in reading.secrets.redact(key)


def test_the_data_of_a_secret(home: Home) -> None:
    """All that a Secret holds is hidden, encoded and decoded, whatever its keys are."""
    text = (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: bgp\ndata:\n  word: {b64('md5-of-router')}\n"
        "stringData:\n  x: plain-md5\n"
    )
    secrets = home.read(text).secrets
    assert secrets.redact(f"{b64('md5-of-router')} md5-of-router plain-md5 bgp") == "… … … bgp"


def test_what_holds_a_secret_encoded(home: Home) -> None:
    """A text in base64 that holds a secret is hidden as it stands."""
    inner = b64("#cloud-config\npassword: hunter2hunter2\n")
    secrets = home.read(f"write_files:\n- {{path: /x, encoding: b64, content: {inner}}}\n").secrets
    assert secrets.redact(f"content: {inner}") == "content: …"
    assert secrets.redact("hunter2hunter2") == "…"


def test_passwords_of_users(home: Home) -> None:
    """cloud-init's list of users and passwords is a list of secrets."""
    text = "#cloud-config\nchpasswd:\n  list: |\n    root:tops3cret\n  users:\n  - {name: x, password: als0secret}\n"
    assert home.read(text).secrets.redact("tops3cret als0secret root") == "… … root"


@pytest.mark.parametrize(
    "line",
    [
        "key: node-role.kubernetes.io/control-plane",
        "lbipam.cilium.io/sharing-key: web-services",
        "token: ${rke2_token}",
        "token: {{ rke2_token }}",
        "token: <the-token>",
        "token-file: /etc/rancher/token",
        "secretName: registry-login",
        "authSecretRef: bgp-password-secret",
        "secretsNamespace: kube-system-too",
        "etcd-s3-config-secret: s3-config-name",
        "passwordFile: /run/password-file",
        "lock_passwd: true",
        "ssh_pwauth: disabled",
        "password: cilium",
        "password: short",
        "ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1]",
        "gpgkey=https://rpm.example.com/public.key",
        "pool-key: abcdefgh",
    ],
)
def test_what_is_no_secret(home: Home, line: str) -> None:
    """A name of a secret, a placeholder, a switch, a common word: none of them is hidden."""
    reading = home.read(CONFIG.format(line))
    assert reading.secrets.redact(line) == line


def test_words_have_edges(home: Home) -> None:
    """A secret is hidden where it stands by itself, not inside of another word."""
    secrets = home.read(CONFIG.format("password: lan-pool")).secrets
    assert secrets.redact("lan-pool lan-pools my_lan-pool (lan-pool)") == "… lan-pools my_lan-pool (…)"


def test_a_name_is_no_secret(home: Home) -> None:
    """A password that is the name of an object hides no object."""
    text = CONFIG.format("password: lan-pool") + f"  content: {json.dumps(pool('lan-pool'))}\n"
    assert home.read(text).secrets.texts == ()


def test_fields_are_judged_by_their_names(home: Home) -> None:
    """A short or common secret is still one in its own field."""
    secrets = home.read("write_files: []\n").secrets
    hidden = [("spec", "password"), ("data", "agent-token"), ("spec", "sharing-key"), ("spec", "secretName"), ()]
    assert [secrets.hides(path) for path in hidden] == [True, True, False, False, False]


def test_messages_do_not_leak(home: Home) -> None:
    """A sentence of a parser that names what it could not read names no secret."""
    reading = home.read(f"write_files:\n- path: {MANIFESTS}/p.yaml\n  content: |\n    password: *S3cr3tAlias\n")
    assert said(reading) == [
        ("error", "user-data.yaml, write_files[0].content:1", "alias … has no anchor before it"),
    ]
