"""Ids are part of the contracts: made another way, every known sale, listing and account would come again as a new one."""

from __future__ import annotations

from uuid import UUID

from soldwire_contracts.ids import account_id, listing_id, sale_id
from soldwire_contracts.values import Platform

TENANT = UUID("6f1d0f3e-6a54-4a7b-9d43-0c9a6f0f4f01")


def test_ids_are_made_as_ever() -> None:
    account = account_id(TENANT, Platform.EBAY, "seller-77")
    assert account == UUID("c85673e8-1435-5d65-b6c1-fd388333cf7d")
    assert sale_id(account, "12-34567-89012", "10098765432101") == UUID(
        "4ca62b5d-fb15-563a-a0c4-6774430bfb0c"
    )
    assert listing_id(account, "offer:8209815010") == UUID("3992d0ca-215c-5578-a95d-0c69eab9d3d4")


def test_every_part_tells_ids_apart() -> None:
    accounts = {account_id(TENANT, platform, seller) for platform in Platform for seller in ("a", "b")}
    assert len(accounts) == 2 * len(Platform)
    account = accounts.pop()
    assert len({sale_id(account, order, line) for order in ("1", "2") for line in ("1", "2")}) == 4
