"""Notification signatures: vectors made here with a key of our own, as eBay makes them with its own."""

from __future__ import annotations

import base64
import json

import pytest
from connector_ebay.wire.notifications import PublicKey
from connector_ebay.wire.signatures import ForgedSignatureError, parse_header, verify
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

KEY = ec.generate_private_key(ec.SECP256R1())
KID = "9936261a-7d7b-4621-a0f1-96ccb428af49"
BODY = '{"metadata":{"topic":"ORDER_CONFIRMATION"},"note":"café £5"}'.encode()


def header_of(body: bytes, key: ec.EllipticCurvePrivateKey = KEY, **changes: str) -> str:
    signature = base64.b64encode(key.sign(body, ec.ECDSA(hashes.SHA1()))).decode()
    fields = {"alg": "ecdsa", "kid": KID, "signature": signature, "digest": "SHA1"} | changes
    return base64.b64encode(json.dumps(fields).encode()).decode()


def published(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, *, one_line: bool = True) -> PublicKey:
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    return PublicKey(algorithm="ECDSA", digest="SHA1", key=pem.replace("\n", "") if one_line else pem)


@pytest.mark.parametrize("one_line", [True, False])
def test_a_body_as_ebay_signed_it_holds(one_line: bool) -> None:
    verify(BODY, parse_header(header_of(BODY)), published(KEY.public_key(), one_line=one_line))


def test_a_body_reformatted_on_its_way_holds_as_the_sdk_would_take_it() -> None:
    indented = json.dumps(json.loads(BODY), indent=2, ensure_ascii=False).encode()
    verify(indented, parse_header(header_of(BODY)), published(KEY.public_key()))


def test_numbers_are_written_as_javascript_writes_them() -> None:
    verify(
        b'{ "a": 1.0, "b": 2.50 }', parse_header(header_of(b'{"a":1,"b":2.5}')), published(KEY.public_key())
    )


@pytest.mark.parametrize(
    "tampered", [BODY.replace(b"5", b"6"), b"", b"not json", b"[" * 100_000, BODY + b"x"]
)
def test_another_body_is_forged(tampered: bytes) -> None:
    with pytest.raises(ForgedSignatureError, match="does not match"):
        verify(tampered, parse_header(header_of(BODY)), published(KEY.public_key()))


def test_anothers_key_is_forged() -> None:
    forger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ForgedSignatureError, match="does not match"):
        verify(BODY, parse_header(header_of(BODY, forger)), published(KEY.public_key()))


def test_a_key_of_another_kind_is_refused() -> None:
    rsa_key = rsa.generate_private_key(65537, 2048).public_key()
    with pytest.raises(ForgedSignatureError, match="elliptic"):
        verify(BODY, parse_header(header_of(BODY)), published(rsa_key))


@pytest.mark.parametrize("header", [None, "", "%%%", base64.b64encode(b"[]").decode(), "A" * 5000])
def test_a_missing_or_unreadable_header_is_forged(header: str | None) -> None:
    with pytest.raises(ForgedSignatureError):
        parse_header(header)


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": "../../oauth2/token"},
        {"kid": "abc"},
        {"kid": f"{KID}?x=1"},
        {"kid": f"{KID}\n"},
        {"alg": "none"},
        {"digest": "MD5"},
    ],
)
def test_header_fields_that_could_steer_us_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ForgedSignatureError):
        parse_header(header_of(BODY, KEY, **changes))


def test_a_signature_that_is_no_base64_is_forged() -> None:
    with pytest.raises(ForgedSignatureError, match="unreadable signature"):
        verify(BODY, parse_header(header_of(BODY, signature="§§")), published(KEY.public_key()))
