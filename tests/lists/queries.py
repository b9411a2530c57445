"""Every list query of the three services, with the filters a seller uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.lists.facts import LATEST, Seller
from tests.lists.facts import PLATFORMS as P


@dataclass(frozen=True)
class Query:
    """One request. `deep`: follows the pages' cursors to the given page, and measures that one."""

    service: str
    path: str
    what: str
    deep: int = 0


def queries(seller: Seller) -> list[Query]:
    """The table; what a page or an export shows is the first of each."""
    account = seller.account(P[1])
    month = f"since={(LATEST - timedelta(days=30)).isoformat()}&until={LATEST.isoformat()}".replace(
        "+", "%2B"
    )
    ledger, inventory, orchestrator = "sales-ledger", "inventory", "delist-orchestrator"
    return [
        Query(ledger, "/v1/sales", "sales, newest"),
        Query(ledger, "/v1/sales", "sales, 40th page", deep=40),
        Query(ledger, "/v1/sales?platform=ebay", "sales of a platform"),
        Query(ledger, "/v1/sales?status=not_paid_unconfirmed", "sales to confirm"),
        Query(ledger, "/v1/sales?status=paid", "sales paid (none)"),
        Query(ledger, "/v1/sales?owner=consigned", "sales by owner"),
        Query(ledger, "/v1/sales?owner=unknown&platform=depop", "sales by owner and platform"),
        Query(ledger, "/v1/sales?delist=failed", "sales still for sale elsewhere"),
        Query(ledger, f"/v1/sales?account_id={account}", "sales of an account"),
        Query(ledger, "/v1/sales?contended=true", "sales contended"),
        Query(ledger, f"/v1/sales?{month}", "sales of a month"),
        Query(ledger, "/v1/sales?search=jacket", "sales by a common word"),
        Query(ledger, "/v1/sales?search=navy+jacket", "sales by two common words"),
        Query(ledger, "/v1/sales?search=sku-00123", "sales by SKU"),
        Query(ledger, "/v1/sales?search=26-00123-7", "sales by order number"),
        Query(ledger, f"/v1/sales/totals?{month}", "totals of a month"),
        Query(ledger, "/v1/sales/totals", "totals of all"),
        Query(ledger, f"/v1/sales/by-day?{month}", "by day, a month"),
        Query(ledger, "/v1/books/balances", "balances"),
        Query(inventory, "/v1/articles", "articles, newest"),
        Query(inventory, "/v1/articles", "articles, 40th page", deep=40),
        Query(inventory, "/v1/articles?short=true", "articles sold beyond stock"),
        Query(inventory, "/v1/articles?search=jacket", "articles by a common word"),
        Query(inventory, "/v1/articles?search=navy+jacket", "articles by two common words"),
        Query(inventory, "/v1/articles?search=sku-00123", "articles by SKU"),
        Query(inventory, "/v1/listings", "listings"),
        Query(inventory, "/v1/listings?unlinked=true", "listings without an article"),
        Query(inventory, "/v1/unmatched", "sales without an article"),
        Query(inventory, "/v1/questions", "open questions"),
        Query(orchestrator, "/v1/delists", "delists, newest"),
        Query(orchestrator, "/v1/delists", "delists, 40th page", deep=40),
        Query(orchestrator, "/v1/delists?group=failed", "delists failed"),
        Query(orchestrator, "/v1/delists?group=done", "delists done"),
        Query(orchestrator, "/v1/delists/groups", "delists by group"),
        Query(
            orchestrator,
            f"/v1/delists/exposure?since={(LATEST - timedelta(days=1)).isoformat()}".replace("+", "%2B"),
            "exposure of a day",
        ),
    ]
