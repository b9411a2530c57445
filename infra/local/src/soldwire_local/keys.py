"""The random secret of one data folder and what is derived from it: role passwords, service tokens, sealing keys."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

FILE = "secret"


def load(folder: Path) -> bytes:
    """The folder's secret, made on first use with mode 600; SOLDWIRE_SECRET takes its place when set."""
    given = os.environ.get("SOLDWIRE_SECRET")
    if given:
        return given.encode()
    file = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(file.read_text())
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_hex(32))
    return bytes.fromhex(file.read_text())


def derive(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose; knowing one derived key tells nothing about another."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def password(secret: bytes, role: str) -> str:
    """A role's password: 256 bits as letters that need no quoting in a DSN."""
    return derive(secret, f"postgres-role:{role}").hex()


def token_secret(secret: bytes) -> str:
    """What services sign and check their short-lived tokens with (SOLDWIRE_SECRET)."""
    return os.environ.get("SOLDWIRE_SECRET") or derive(secret, "service-tokens").hex()


def seal_keys(secret: bytes) -> str:
    """AES-256 keys that seal marketplace tokens, `id:base64` joined by commas, the first one seals (SOLDWIRE_SEAL_KEYS)."""
    given = os.environ.get("SOLDWIRE_SEAL_KEYS")
    return given or "k1:" + base64.b64encode(derive(secret, "seal:k1")).decode()
