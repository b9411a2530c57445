"""The random secret of one data folder and what is derived from it: role passwords, service tokens, sealing keys."""

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from soldwire_local.errors import LocalError

FILE = "secret"
SIZE = 32


def load(folder: Path) -> bytes:
    """The folder's secret, made on first use with mode 600; SOLDWIRE_SECRET takes its place when set."""
    given = os.environ.get("SOLDWIRE_SECRET")
    if given:
        return given.encode()
    file = folder / FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(file)
    return _read(file)


def known(folder: Path) -> bytes:
    """The secret of a folder that has one, or SOLDWIRE_SECRET; raises LocalError when there is neither."""
    given = os.environ.get("SOLDWIRE_SECRET")
    if given:
        return given.encode()
    if not (folder / FILE).exists():
        raise LocalError(
            f"the services' secret is not known: {folder} has none", remedy="set SOLDWIRE_SECRET to theirs"
        )
    return _read(folder / FILE)


def _make(file: Path) -> None:
    """Written whole before it gets its name: a crash leaves no half secret, and of two makers one wins."""
    descriptor, unfinished = tempfile.mkstemp(dir=file.parent, prefix=".secret-")  # made with mode 600
    try:
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_hex(SIZE))
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, file)
    finally:
        Path(unfinished).unlink()


def _read(file: Path) -> bytes:
    try:
        secret = bytes.fromhex(file.read_text())
    except ValueError:
        secret = b""
    if len(secret) != SIZE:
        raise LocalError(
            f"the secret in {file} is not whole",
            remedy="restore it; without it the data can't be opened: `soldwire reset` starts anew",
        )
    return secret


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
