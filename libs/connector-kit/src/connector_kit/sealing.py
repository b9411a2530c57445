"""Credentials at rest: AES-GCM, a key id per row, the tenant as associated data."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class SealError(Exception):
    """The sealed bytes can't be opened: unknown key, another tenant's row, or damage."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a row keeps: nonce and ciphertext, and which key made it."""

    key_id: str
    data: bytes


class Sealer:
    """Seals with the first key and opens with any, so that keys rotate without downtime."""

    def __init__(self, keys: str) -> None:
        """`keys` is "id:base64key,…" with 16, 24 or 32 byte keys. Raises ValueError for anything else."""
        self._keys = dict(_parse(entry) for entry in keys.split(",") if entry.strip())
        if not self._keys:
            raise ValueError("SOLDWIRE_SEAL_KEYS holds no key: give it as id:base64key")
        self._first = next(iter(self._keys))

    def seal(self, tenant_id: UUID, credentials: Mapping[str, str]) -> Sealed:
        """Seal credentials for one tenant's row."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(dict(credentials)).encode()
        return Sealed(self._first, nonce + self._keys[self._first].encrypt(nonce, plain, tenant_id.bytes))

    @property
    def key_id(self) -> str:
        """Of the key that seals now."""
        return self._first

    def open(self, tenant_id: UUID, sealed: Sealed) -> dict[str, str]:
        """Open a row's credentials. Raises SealError; trying again does not help."""
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise SealError(f"no key {sealed.key_id!r} in SOLDWIRE_SEAL_KEYS")
        nonce, data = sealed.data[:_NONCE_BYTES], sealed.data[_NONCE_BYTES:]
        try:
            opened: dict[str, str] = json.loads(key.decrypt(nonce, data, tenant_id.bytes))
        except InvalidTag as error:
            raise SealError("the sealed credentials are not this tenant's, or are damaged") from error
        return opened


def _parse(entry: str) -> tuple[str, AESGCM]:
    key_id, found, encoded = entry.strip().partition(":")
    if not found or not key_id:
        raise ValueError("each of SOLDWIRE_SEAL_KEYS is id:base64key")
    try:
        return key_id, AESGCM(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueError(
            f"key {key_id!r} of SOLDWIRE_SEAL_KEYS is not 16, 24 or 32 bytes in base64"
        ) from error
