"""What a door tells of sales, merged with what the other told, and said when anything of it changed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account, OrderLine
from connector_kit.marketplace import Webhook
from connector_kit.usecases import Sighting
from kit.unit_of_work import UnitOfWork

from connector_depop_ingest.wire.receipts import merged


async def record_told(
    uow: UnitOfWork,
    account: Account,
    webhook: Webhook,
    told: Sequence[tuple[UUID, OrderLine]],
    *,
    by_csv: bool,
) -> None:
    """Record lines under the sales they are; neither door erases what only the other knows."""
    held = await shared_store.lock_lines(uow, {sale for sale, _ in told})
    sightings = [
        Sighting(
            account,
            merged(held[sale].line if sale in held else None, line, by_csv=by_csv),
            "csv" if by_csv else "browser",
            webhook.accepted_at,
            webhook.traceparent,
            sale,
        )
        for sale, line in told
    ]
    await shared.record_lines(uow, sightings)
