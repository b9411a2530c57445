"""Every owner a page is composed of, on one pool of connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from kit.settings import ServiceSettings

from gateway.client.accounts import Accounts, Shops
from gateway.client.base import Owner
from gateway.client.delists import Delists
from gateway.client.ledger import Ledger
from gateway.client.runs import Runs


@dataclass(frozen=True, slots=True)
class Owners:
    """The clients of all owners."""

    ledger: Ledger
    delists: Delists
    accounts: Accounts
    runs: Runs
    shops: Shops

    @classmethod
    def over(
        cls, settings: ServiceSettings, http: httpx.AsyncClient, connectors: Mapping[str, str]
    ) -> Owners:
        """Clients that share one HTTP client; `connectors` names the service of each platform."""
        by_platform = {platform: Owner(settings, http, name) for platform, name in connectors.items()}
        return cls(
            Ledger(Owner(settings, http, "sales-ledger")),
            Delists(Owner(settings, http, "delist-orchestrator")),
            Accounts(by_platform),
            Runs(Owner(settings, http, "scheduler")),
            Shops(by_platform["shopify"]),
        )
