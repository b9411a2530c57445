"""What a person does: shows a code, sees and ends pairings, chooses how listings are taken down, sees what waits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from kit.database import Database
from kit.http import CallerDep, WriterDep
from pydantic import BaseModel, ConfigDict, SecretStr

from connector_depop_ingest import usecases
from connector_depop_ingest.usecases import TakeDown


class View(BaseModel):
    """An answer made from a row."""

    model_config = ConfigDict(from_attributes=True)


class NewCode(View):
    """A code to type into the extension, shown once."""

    pairing_id: UUID
    code: str
    expires_at: datetime


class PairingView(View):
    """A browser, or a code that waits for one."""

    pairing_id: UUID
    account_id: UUID | None
    device: str | None
    shop: str | None
    created_at: datetime
    paired_at: datetime | None
    last_seen_at: datetime | None
    revoked_at: datetime | None


class AccountView(View):
    """A shop."""

    account_id: UUID
    name: str
    state: str
    reason: str | None
    connected_at: datetime


class Policy(View):
    """How sold listings are taken down. Deleting has no undo."""

    take_down: TakeDown


class TaskView(View):
    """A listing that waits for a browser."""

    listing_id: UUID
    account_id: UUID
    title: str | None
    sku: str | None
    requested_at: datetime
    due_at: datetime
    lease_until: datetime | None
    failures: int
    code: str | None
    reason: str | None


class QuestionView(View):
    """A CSV row only the seller can place."""

    question_id: UUID
    account_id: UUID
    row: int
    reason: str
    shown: dict[str, str]
    candidates: list[UUID]
    created_at: datetime


def build(secret: SecretStr, database: Database) -> APIRouter:
    """Routes of people, with the gateway's token."""
    router = APIRouter(prefix="/v1", tags=["people"])
    _add_pairings(router, secret, database)
    _add_shops(router, database)
    return router


def _add_pairings(router: APIRouter, secret: SecretStr, database: Database) -> None:
    @router.post("/pairings", status_code=201)
    async def begin(caller: WriterDep) -> NewCode:
        """Show a one-time code."""
        async with database.bus([caller.tenant_id]) as uow:
            begun = await usecases.begin_pairing(uow, secret, caller.tenant_id, caller.user_id)
        return NewCode.model_validate(begun)

    @router.get("/pairings")
    async def pairings(caller: CallerDep) -> list[PairingView]:
        """The tenant's browsers."""
        async with database.request(caller.tenant_id) as uow:
            return [PairingView.model_validate(one) for one in await usecases.pairings(uow)]

    @router.delete("/pairings/{pairing_id}", status_code=204)
    async def end(caller: WriterDep, pairing_id: UUID) -> None:
        """Revoke a browser's token at once."""
        async with database.bus([caller.tenant_id]) as uow:
            await usecases.end_pairing(uow, pairing_id)


def _add_shops(router: APIRouter, database: Database) -> None:
    @router.get("/accounts")
    async def accounts(caller: CallerDep) -> list[AccountView]:
        """The tenant's shops."""
        async with database.request(caller.tenant_id) as uow:
            return [AccountView.model_validate(one) for one in await usecases.accounts(uow)]

    @router.delete("/accounts/{account_id}", status_code=204)
    async def disconnect(caller: WriterDep, account_id: UUID) -> None:
        """Disconnect a shop and all its browsers."""
        async with database.bus([caller.tenant_id]) as uow:
            await usecases.disconnect(uow, account_id)

    @router.put("/accounts/{account_id}/policy")
    async def choose(caller: WriterDep, account_id: UUID, policy: Policy) -> Policy:
        """Choose how sold listings are taken down."""
        async with database.request(caller.tenant_id) as uow:
            await usecases.choose_take_down(uow, account_id, policy.take_down)
        return policy

    @router.get("/tasks")
    async def tasks(caller: CallerDep) -> list[TaskView]:
        """Listings that wait for a browser."""
        async with database.bus([caller.tenant_id]) as uow:
            return [TaskView.model_validate(one) for one in await usecases.tasks(uow)]

    @router.get("/questions")
    async def questions(caller: CallerDep) -> list[QuestionView]:
        """CSV rows that wait for an answer."""
        async with database.request(caller.tenant_id) as uow:
            return [QuestionView.model_validate(dict(one)) for one in await usecases.questions(uow)]
