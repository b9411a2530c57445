"""X-EBAY-SIGNATURE: what a notification's sender must have signed, and whether it did.

Source: eBay's event-notification SDKs. ECDSA on P-256 over the body as JSON.stringify writes it; the body arrives in that
form already, so the raw bytes are tried first and nothing is parsed before a signature has held, unless they differ.
"""

from __future__ import annotations

import base64
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from connector_ebay.wire.notifications import PublicKey, SignatureHeader

_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {"SHA1": hashes.SHA1, "SHA256": hashes.SHA256}
_KID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PEM_FRAME = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----|\s")
_MAX_HEADER = 4096


class ForgedSignatureError(ValueError):
    """The notification is not eBay's, or not as eBay sent it; the message says why, for the log only."""


def parse_header(header: str | None) -> SignatureHeader:
    """Undo the header's base64. Raises ForgedSignatureError; a kid that is no plain token never reaches a URL."""
    if not header or len(header) > _MAX_HEADER:
        raise ForgedSignatureError("no signature header")
    try:
        parsed = SignatureHeader.model_validate_json(base64.b64decode(header, validate=True))
    except ValueError as error:  # ValidationError is one
        raise ForgedSignatureError("unreadable signature header") from error
    if not _KID.fullmatch(parsed.kid):
        raise ForgedSignatureError("malformed key id")
    if parsed.alg.upper() != "ECDSA" or parsed.digest.upper() not in _DIGESTS:
        raise ForgedSignatureError(f"unknown algorithm {parsed.alg!r} with {parsed.digest!r}")
    return parsed


def verify(body: bytes, header: SignatureHeader, key: PublicKey) -> None:
    """Check the body against the key eBay published for the header's kid. Raises ForgedSignatureError."""
    public = _load(key)
    digest = ec.ECDSA(_DIGESTS[header.digest.upper()]())
    try:
        signature = base64.b64decode(header.signature, validate=True)
    except ValueError as error:
        raise ForgedSignatureError("unreadable signature") from error
    if not any(_holds(public, signature, message, digest) for message in _messages(body)):
        raise ForgedSignatureError("signature does not match")


def _holds(public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes, digest: ec.ECDSA) -> bool:
    try:
        public.verify(signature, message, digest)
    except InvalidSignature:
        return False
    return True


def _load(key: PublicKey) -> ec.EllipticCurvePublicKey:
    try:
        public = load_der_public_key(base64.b64decode(_PEM_FRAME.sub("", key.key), validate=True))
    except (ValueError, TypeError) as error:
        raise ForgedSignatureError("unreadable public key") from error
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ForgedSignatureError("public key is not of an elliptic curve")
    return public


def _messages(body: bytes) -> list[bytes]:
    stringified = _stringify(body)
    return [body] if stringified in (None, body) else [body, stringified or b""]


def _stringify(body: bytes) -> bytes | None:
    """The body as JavaScript's JSON.stringify(JSON.parse(body)) writes it; None when it is no JSON."""
    try:
        value = json.loads(body, parse_float=_js_number)
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None


def _js_number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number
