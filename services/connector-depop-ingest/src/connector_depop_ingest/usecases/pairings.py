"""Pairing a browser: a one-time code a person is shown, and the token it is traded for."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from connector_kit import usecases as shared
from connector_kit.domain import Account
from connector_kit.sealing import Sealer
from connector_kit.store import load_accounts
from connector_kit.usecases import NewAccount
from kit.errors import Invalid, NotFound, Unauthorized
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from pydantic import SecretStr
from soldwire_contracts.values import Platform

from connector_depop_ingest import domain, store
from connector_depop_ingest.store import Pairing
from connector_depop_ingest.wire.uploads import Pair

_BAD_CODE = (
    "This code is not valid any more. Show a new one under Settings > Depop and type it within ten minutes."
)
_NOT_PAIRED = "This browser is not paired any more. Pair it again under Settings > Depop."


@dataclass(frozen=True, slots=True)
class Session:
    """A request of a paired browser."""

    pairing_id: UUID
    tenant_id: UUID
    account: Account


def digest(secret: SecretStr, value: str) -> str:
    """The keyed hash of a code or token: a copy of the table opens nothing."""
    return hmac.new(secret.get_secret_value().encode(), value.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Begun:
    """A code to be shown once."""

    pairing_id: UUID
    code: str
    expires_at: datetime


async def begin_pairing(uow: UnitOfWork, secret: SecretStr, tenant_id: UUID, user_id: UUID) -> Begun:
    """A new code, good once and for ten minutes. The code itself is not kept."""
    code = "".join(secrets.choice(domain.CODE_ALPHABET) for _ in range(domain.CODE_LENGTH))
    pairing = Pairing(new_id(), tenant_id, user_id, uow.now)
    until = uow.now + domain.CODE_LIFE
    await store.save_pairing(uow, pairing)
    await store.enter_key(uow, digest(secret, code), "code", pairing, until)
    return Begun(pairing.pairing_id, domain.pretty(code), until)


async def finish_pairing(
    uow: UnitOfWork, secret: SecretStr, sealer: Sealer, asked: Pair
) -> tuple[Pairing, Account, str]:
    """Trade a code for a token of one shop; the code is used up. Raises Invalid for one that is none."""
    door = await store.open_door(uow, digest(secret, domain.typed(asked.code)), "code", lock=True)
    if door is None or door.expires_at is None or door.expires_at < uow.now:
        raise Invalid("bad_code", _BAD_CODE)
    await uow.allow([door.tenant_id])
    pairing = await store.load_pairing(uow, door.pairing_id)
    if pairing is None or pairing.revoked_at is not None:
        raise Invalid("bad_code", _BAD_CODE)
    account = await shared.connect_account(uow, sealer, _account_of(door.tenant_id, asked))
    await store.ensure_shop(uow, door.tenant_id, account.account_id, asked.shop.currency)
    paired = replace(
        pairing,
        account_id=account.account_id,
        device=asked.device,
        shop=asked.shop.name,
        paired_at=uow.now,
        last_seen_at=uow.now,
    )
    await store.save_pairing(uow, paired)
    await store.delete_keys(uow, pairing.pairing_id)
    token = f"sdi_{secrets.token_urlsafe(32)}"
    await store.enter_key(uow, digest(secret, token), "token", paired, None)
    return paired, account, token


def _account_of(tenant_id: UUID, asked: Pair) -> NewAccount:
    """No directory entry: a browser's word for a shop is no proof, so it may not keep another tenant from it."""
    return NewAccount(
        tenant_id=tenant_id,
        platform=Platform.DEPOP,
        seller_id=asked.shop.seller_id or asked.shop.name.lower(),
        address=asked.shop.name,
        name=asked.shop.name,
        keys=(),
        credentials={},
    )


async def enter_session(uow: UnitOfWork, secret: SecretStr, token: str) -> Session:
    """Who a token speaks for, with the transaction widened to its tenant. Raises Unauthorized."""
    door = await store.open_door(uow, digest(secret, token), "token")
    if door is None or door.account_id is None:
        raise Unauthorized("not_paired", _NOT_PAIRED)
    await uow.allow([door.tenant_id])
    account = (await load_accounts(uow, [door.account_id])).get(door.account_id)
    if account is None or account.state == "revoked":
        raise Unauthorized("not_paired", _NOT_PAIRED)
    await store.seen_now(uow, door.pairing_id)
    return Session(door.pairing_id, door.tenant_id, account)


async def pairings(uow: UnitOfWork) -> Sequence[Pairing]:
    """The tenant's browsers and waiting codes."""
    return await store.list_pairings(uow)


async def end_pairing(uow: UnitOfWork, pairing_id: UUID) -> None:
    """Revoke a browser's token, or a code; tasks it holds are free again when their lease ends. Raises NotFound."""
    pairing = await store.load_pairing(uow, pairing_id)
    if pairing is None:
        raise NotFound("no_such_pairing", "There is no such browser.")
    await store.save_pairing(uow, replace(pairing, revoked_at=pairing.revoked_at or uow.now))
    await store.delete_keys(uow, pairing_id)
