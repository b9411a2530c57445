"""The sales CSV: each row is a sale a page has told, a new one, or a question; never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from connector_kit.domain import Account
from connector_kit.marketplace import Webhook
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from soldwire_contracts.ids import sale_id as mint_sale_id

from connector_depop_ingest import store
from connector_depop_ingest.domain import CsvSale, Door, Known, UnreadableRow, csv_key, match
from connector_depop_ingest.usecases.sightings import record_told
from connector_depop_ingest.wire import sales_csv
from connector_depop_ingest.wire.receipts import csv_lines


async def map_sales_csv(uow: UnitOfWork, account: Account, webhook: Webhook) -> None:
    """Place every row of an exported file. Raises NotASalesCsvError for another kind of file."""
    shop = await store.load_shop(uow, account.account_id)
    rows = sales_csv.parse(webhook.body, shop.currency if shop else "GBP")
    await _ask(
        uow, webhook, [(f"row:{webhook.id}:{r.row}", r, ()) for r in rows if isinstance(r, UnreadableRow)]
    )
    for sale, keys in _with_keys([row for row in rows if isinstance(row, CsvSale)]):
        await _place(uow, account, webhook, sale, keys)


def _with_keys(sales: Sequence[CsvSale]) -> list[tuple[CsvSale, list[str]]]:
    """Each sale with its lines' aliases; equal rows of one file count up, so that twins stay two sales."""
    counts: dict[str, int] = {}
    keyed = []
    for sale in sales:
        keys = []
        for line in sale.lines:
            first = csv_key(sale, line, 0)
            counts[first] = counts.get(first, -1) + 1
            keys.append(csv_key(sale, line, counts[first]))
        keyed.append((sale, keys))
    return keyed


async def _place(
    uow: UnitOfWork, account: Account, webhook: Webhook, sale: CsvSale, keys: Sequence[str]
) -> None:
    """One CSV sale: known by this door, met on a page, a question, or new."""
    known = await store.find_aliases(uow, account.account_id, Door.CSV, list(keys))
    if not all(key in known for key in keys):
        around = timedelta(days=2)
        since, until = sale.sold_at - around, sale.sold_at + around
        candidates = await store.known_sales(uow, account.account_id, Door.CSV, since, until)
        found = match(sale, candidates)
        if found.question:
            shown = {"Date of sale": str(sale.sold_on), "Description": sale.lines[0].description}
            row = UnreadableRow(sale.row, found.question, shown)
            await _ask(uow, webhook, [(f"sale:{keys[0]}", row, found.candidates)])
            return
        known = dict(zip(keys, _ids(account, keys, found.lines), strict=True))
        await store.enter_aliases(uow, account.tenant_id, account.account_id, Door.CSV, known)
    lines = csv_lines(sale, f"csv-{keys[0][:24]}", [key[:24] for key in keys])
    await record_told(
        uow, account, webhook, [(known[k], li) for k, li in zip(keys, lines, strict=True)], by_csv=True
    )


def _ids(account: Account, keys: Sequence[str], lines: Sequence[Known]) -> list[UUID]:
    if lines:
        return [line.sale_id for line in lines]
    return [mint_sale_id(account.account_id, f"csv-{keys[0][:24]}", key[:24]) for key in keys]


async def _ask(
    uow: UnitOfWork, webhook: Webhook, rows: Sequence[tuple[str, UnreadableRow, tuple[UUID, ...]]]
) -> None:
    await store.save_questions(
        uow,
        [
            {
                "question_id": new_id(),
                "tenant_id": webhook.tenant_id,
                "account_id": webhook.account_id,
                "key": key,
                "row": row.row,
                "reason": row.reason,
                "shown": dict(row.shown),
                "candidates": list(candidates),
                "created_at": uow.now,
            }
            for key, row, candidates in rows
        ],
    )
