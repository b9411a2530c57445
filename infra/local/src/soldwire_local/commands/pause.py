"""`soldwire pause`, `resume` and `pauses`: hold delisting back per platform, account or tenant, on record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel
from rich.table import Table
from soldwire_contracts.values import Platform

from soldwire_local import operations, screen
from soldwire_local.errors import LocalError
from soldwire_local.operations import NO_TENANT, Operations

ORCHESTRATOR = "delist-orchestrator"
COLUMNS = ("id", "scope", "of", "whose", "paused", "by", "why", "resumed", "by")

PlatformOption = Annotated[Platform | None, typer.Option("--platform", help="One marketplace.")]
AccountOption = Annotated[UUID | None, typer.Option("--account", help="One account, with its --tenant.")]
TenantOption = Annotated[
    UUID | None, typer.Option("--tenant", help="One tenant; without it a platform's pause is everyone's.")
]


class Pause(BaseModel):
    """A pause as the delist-orchestrator has it on record."""

    id: UUID
    scope: str
    platform: str | None
    account_id: UUID | None
    everywhere: bool
    reason: str
    paused_by: str
    paused_at: datetime
    resumed_by: str | None
    resumed_at: datetime | None


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pause")(pause)
    app.command("resume")(resume)
    app.command("pauses")(pauses)


def pause(
    reason: Annotated[str, typer.Option("--reason", help="Why; it is on record.")],
    platform: PlatformOption = None,
    account: AccountOption = None,
    tenant: TenantOption = None,
) -> None:
    """Hold delisting back: a platform for everyone, or one tenant, one of its platforms or accounts."""
    if not reason.strip():
        raise typer.BadParameter("say why: it is on record")
    body = {
        "scope": scope(platform, account, tenant),
        "platform": platform,
        "account_id": account,
        "tenant_id": tenant,
        "reason": reason,
    }
    made = operations.connect().post(ORCHESTRATOR, "/v1/operations/pauses", Pause, body)
    screen.console(soft_wrap=True).print(f"paused: {described(made)}  ({made.id})")


def resume(
    pause_id: Annotated[UUID | None, typer.Argument(help="Id from `soldwire pauses`.")] = None,
    platform: PlatformOption = None,
    account: AccountOption = None,
    tenant: TenantOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; it is on record.")] = None,
) -> None:
    """Let delisting go on: one pause by its id, or all of that platform, account or tenant."""
    if pause_id is not None and (platform or account):
        raise typer.BadParameter("name one pause by its id, or all of a platform, account or tenant")
    reach = None if pause_id else scope(platform, account, tenant)
    calls = operations.connect()
    wanted = [each.id for each in _open(calls, reach, platform, account, tenant)] if reach else [pause_id]
    if not wanted:
        raise LocalError("nothing of that kind is paused", remedy="see `soldwire pauses`")
    for each in wanted:
        path = f"/v1/operations/pauses/{each}/resume"
        lifted = calls.post(ORCHESTRATOR, path, Pause, {"reason": reason}, tenant_id=tenant)
        screen.console(soft_wrap=True).print(f"resumed: {described(lifted)}  ({lifted.id})")


def pauses(tenant: TenantOption = None) -> None:
    """List pauses on record: everyone's, and one tenant's with --tenant."""
    view = Table(*COLUMNS)
    for each in _recorded(operations.connect(), tenant):
        view.add_row(
            str(each.id),
            each.scope,
            each.platform or str(each.account_id or ""),
            "everyone" if each.everywhere else "tenant",
            f"{each.paused_at:%Y-%m-%d %H:%M:%S}",
            each.paused_by,
            screen.plain(each.reason),
            f"{each.resumed_at:%Y-%m-%d %H:%M:%S}" if each.resumed_at else "",
            each.resumed_by or "",
        )
    screen.console().print(view if view.row_count else "Nothing was ever paused.")


def scope(platform: Platform | None, account: UUID | None, tenant: UUID | None) -> str:
    """How far a pause reaches. Raises BadParameter for a combination that means nothing."""
    if account is not None:
        if platform is not None or tenant is None:
            raise typer.BadParameter("an account is named with its --tenant and without a platform")
        return "account"
    if platform is not None:
        return "platform"
    if tenant is None:
        raise typer.BadParameter("name a --platform, an --account or a --tenant")
    return "tenant"


def described(each: Pause) -> str:
    """A pause in words."""
    whose = "everyone" if each.everywhere else "one tenant"
    return f"{each.platform or each.account_id or 'everything'} for {whose}: {screen.plain(each.reason)}"


def _open(
    calls: Operations, reach: str, platform: Platform | None, account: UUID | None, tenant: UUID | None
) -> list[Pause]:
    return [
        each
        for each in _recorded(calls, tenant)
        if each.resumed_at is None
        and each.everywhere == (tenant is None)
        and (each.scope, each.platform, each.account_id) == (reach, platform, account)
    ]


def _recorded(calls: Operations, tenant: UUID | None) -> list[Pause]:
    return calls.get(ORCHESTRATOR, "/v1/pauses", list[Pause], tenant=tenant or NO_TENANT)
