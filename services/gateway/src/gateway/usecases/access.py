"""Signing in and out, sessions, keys and new sellers: one function, one transaction."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from kit.errors import Invalid, NotFound, Refused, Unauthorized
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from pwdlib import PasswordHash

from gateway import store
from gateway.domain.access import (
    MIN_PASSWORD,
    SIGN_IN_LIMITS,
    KeyHolder,
    Session,
    SessionRules,
    User,
    Visitor,
    attempt_keys,
    form_proof,
    hash_token,
    normal_email,
    proves,
)

_HASHER = PasswordHash.recommended()
_HASHING = asyncio.Semaphore(
    2
)  # argon2 takes 64 MB and a core each: a rush of sign-ins must not take them all


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe(24))


@dataclass(frozen=True, slots=True)
class NewSeller:
    """A seller as created, or as found."""

    tenant_id: UUID
    user_id: UUID
    email: str
    created: bool


async def count_sign_in(uow: UnitOfWork, address: str, email: str) -> None:
    """Count a try under its address and account, before the password is looked at. Raises Refused (429)."""
    for kind, key in sorted(attempt_keys(address, email).items()):
        limit = SIGN_IN_LIMITS[kind]
        if await store.count_try(uow, key, limit) > limit.most:
            raise Refused(
                "too_many_attempts",
                "Too many attempts to sign in. Wait ten minutes, then try again.",
                status=429,
            )


async def find_user(uow: UnitOfWork, email: str) -> User | None:
    """The user an e-mail address belongs to."""
    mailbox = normal_email(email)
    found = await store.find_login(uow, mailbox) if mailbox.isprintable() else None
    return await store.load_user(uow, *found) if found else None


async def check_password(user: User | None, password: str) -> bool:
    """Verify in a thread; an unknown user costs the same time as a wrong password."""
    expected = user.password_hash if user else _nobodys_hash()
    async with _HASHING:
        right = await asyncio.to_thread(_HASHER.verify, password, expected)
    return right and user is not None


async def hash_password(password: str) -> str:
    """Argon2 of a password people may use. Raises Invalid when it is too short."""
    if len(password) < MIN_PASSWORD:
        raise Invalid("password_too_short", f"Use a password of at least {MIN_PASSWORD} characters.")
    async with _HASHING:
        return await asyncio.to_thread(_HASHER.hash, password)


async def open_session(uow: UnitOfWork, user: User, rules: SessionRules) -> str:
    """Start a session after a right password; returns the cookie's token, of which only the hash is kept."""
    token = secrets.token_urlsafe(32)
    session = Session(
        token_hash=hash_token(token),
        tenant_id=user.tenant_id,
        user_id=user.user_id,
        created_at=uow.now,
        seen_at=uow.now,
        expires_at=uow.now + rules.idle,
    )
    await store.add_session(uow, session)
    await store.forget_tries(uow, attempt_keys("", user.email)["account"])
    return token


async def visit(uow: UnitOfWork, token: str, rules: SessionRules) -> Visitor | None:
    """Who a session's token belongs to, rolling its expiry on; None when there is no live session."""
    session = await store.find_session(uow, hash_token(token))
    if session is None or session.is_over(uow.now):
        return None
    user = await store.load_user(uow, session.user_id, session.tenant_id)
    if user is None:
        return None
    if session.wants_touch(uow.now):
        expires_at = session.rolled_on(uow.now, rules)
        await store.touch_session(uow, session.token_hash, expires_at)
    proof = form_proof(rules.secret, "session", session.token_hash)
    return Visitor(user.user_id, user.tenant_id, user.tenant_name, user.name, user.email, user.role, proof)


def fresh_form(rules: SessionRules, value: str | None) -> tuple[str, str]:
    """(cookie value, proof) of a form shown to someone who is not signed in."""
    kept = value or secrets.token_urlsafe(24)
    return kept, form_proof(rules.secret, "form", kept.encode())


def session_mark(rules: SessionRules, token: str) -> str:
    """What others may know a session by: it can't be turned back, and opens nothing."""
    return form_proof(rules.secret, "sign-in at a marketplace", hash_token(token))


def arrival_mark(rules: SessionRules, link: str, at: datetime) -> str:
    """When a browser came by a link, for it to keep; it can't be moved to another link or time."""
    seconds = str(int(at.timestamp()))
    return f"{seconds}.{_proof_of_arrival(rules, link, seconds)}"


def arrival_of(rules: SessionRules, link: str, mark: str) -> datetime | None:
    """When the browser that keeps this mark came by this link; None when it did not, or nobody knows."""
    seconds, _, proof = mark.partition(".")
    if not proves(_proof_of_arrival(rules, link, seconds), proof):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def _proof_of_arrival(rules: SessionRules, link: str, seconds: str) -> str:
    return form_proof(rules.secret, "arrival by a link", f"{seconds}:{link}".encode())


async def close_session(uow: UnitOfWork, token: str) -> None:
    """Sign a browser out."""
    await store.drop_session(uow, hash_token(token))


async def sweep(uow: UnitOfWork) -> None:
    """Drop sessions and counters that are over."""
    await store.sweep(uow, max(limit.window for limit in SIGN_IN_LIMITS.values()))


async def create_seller(
    uow: UnitOfWork, *, email: str, tenant_name: str, password_hash: str, tenant_id: UUID | None = None
) -> NewSeller:
    """A tenant and its first user; an e-mail address that is taken keeps its user, who gets the new password."""
    if not normal_email(email).isprintable():
        raise Invalid("no_email", "This is no e-mail address.")
    known = await find_user(uow, email)
    if known:
        await store.set_password(uow, known.user_id, password_hash)
        await store.drop_sessions_of(uow, known.user_id)
        return NewSeller(known.tenant_id, known.user_id, known.email, created=False)
    tenant, user_id, mailbox = tenant_id or new_id(), new_id(), normal_email(email)
    if await store.is_erased(uow, tenant):
        raise Refused("tenant_erased", "This tenant was erased. Create the seller without its id.")
    if not await store.claim_login(uow, mailbox, user_id, tenant):
        raise Refused("email_taken", "Someone is creating this seller at this moment. Try again.")
    await store.add_tenant(uow, tenant, tenant_name)
    name = mailbox.partition("@")[0].replace(".", " ").title()
    await store.add_user(uow, User(user_id, tenant, tenant_name, mailbox, name, "seller", password_hash))
    return NewSeller(tenant, user_id, mailbox, created=True)


async def erase(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Forget a tenant: its people, their sessions and its keys end with this transaction."""
    await store.erase(uow, tenant_id, at)


async def issue_key(uow: UnitOfWork, person: User | Visitor, name: str) -> tuple[UUID, str]:
    """A new API key of the person's tenant with the person's role, and its id; shown once, kept as a hash."""
    token = f"sw_{secrets.token_urlsafe(32)}"
    holder = KeyHolder(new_id(), person.tenant_id, person.user_id, person.role)
    await store.add_key(uow, holder, name=name, key_hash=hash_token(token), ends_with=token[-4:])
    return holder.key_id, token


async def use_key(uow: UnitOfWork, token: str) -> KeyHolder:
    """Who calls with an API key. Raises Unauthorized."""
    holder = await store.find_key(uow, hash_token(token)) if token.startswith("sw_") else None
    if holder is None:
        raise Unauthorized("bad_api_key", "This API key is not known, or was revoked.")
    return holder


async def revoke_key(uow: UnitOfWork, person: User | Visitor, key_id: UUID) -> None:
    """End a key at once. Raises NotFound."""
    if not await store.revoke_key(uow, key_id, person.tenant_id):
        raise NotFound("no_such_key", "There is no such key.")
