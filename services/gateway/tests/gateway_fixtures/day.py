"""One vintage shop's day on three marketplaces: what sold when, and how far its other listings are."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from gateway_fixtures.shop import PLATFORMS, Shop

# (minutes ago, title, sku, platform, price, owner, listings elsewhere as platform:state)
_DAY = (
    (
        0.15,
        "Levi’s 501 jeans, W31 L32, stonewash",
        "LV-501-3132",
        "ebay",
        "58.00",
        "own",
        "shopify:asked depop:waiting_for_browser",
    ),
    (
        4,
        "Barbour Bedale wax jacket, size M",
        "BB-BED-M-02",
        "shopify",
        "145.00",
        "consigned",
        "ebay:done depop:waiting_for_browser",
    ),
    (
        17,
        "Burberry nova check scarf, lambswool",
        "BU-SC-011",
        "depop",
        "85.00",
        "own",
        "shopify:done ebay:failed",
    ),
    (
        26,
        "Adidas Originals track top, navy, L",
        "AD-TT-L-07",
        "ebay",
        "34.50",
        "own",
        "shopify:done depop:done",
    ),
    (
        41,
        "Ralph Lauren cable knit, cream, S",
        "RL-CK-S-31",
        "shopify",
        "42.00",
        "unknown",
        "ebay:waiting_for_approval",
    ),
    (
        66,
        "Dr. Martens 1460, cherry red, UK 6",
        "DM-1460-6",
        "ebay",
        "72.00",
        "consigned",
        "shopify:done depop:done",
    ),
    (94, "Carhartt Detroit jacket, brown duck", "CH-DET-XL", "ebay", "118.00", "own", "shopify:done"),
    (
        120,
        "Silk slip dress, 1990s, bias cut, black",
        "SD-90-BK-10",
        "depop",
        "48.00",
        "own",
        "shopify:done ebay:done",
    ),
    (
        168,
        "Patagonia Synchilla fleece, teal, M",
        "PT-SYN-M",
        "shopify",
        "64.00",
        "consigned",
        "ebay:done depop:done",
    ),
    (205, "Nike windbreaker, colour block, L", "NK-WB-L-14", "shopify", "29.99", "own", "ebay:done"),
    (291, "Aran jumper, hand knitted, one size", "AR-HK-003", "ebay", "55.00", "own", ""),
    (
        400,
        "Mulberry Bayswater, oak, with dust bag",
        "MB-BAY-OAK",
        "ebay",
        "310.00",
        "consigned",
        "shopify:done depop:done",
    ),
)


def empty_shop(now: datetime) -> Shop:
    """Connected, and nothing sold yet."""
    shop = Shop(now)
    shop.connect("shopify", "northlane-vintage.myshopify.com")
    return shop


def busy_shop(now: datetime) -> Shop:
    """A usual day, with one of everything that can want the seller."""
    shop = Shop(now)
    shop.connect("shopify", "northlane-vintage.myshopify.com")
    shop.connect("ebay", "northlane_vintage")
    shop.connect(
        "depop",
        "@northlanevintage",
        "needs_login",
        "Depop signed the browser out at 13:40. Sign in there once more.",
    )
    for minutes, *rest in reversed(_DAY):
        shop.sell(minutes, *rest)
    for back in range(30):
        day = (now - timedelta(days=back)).date()
        for index, platform in enumerate(PLATFORMS):
            count = max(
                0, 9 - 2 * index + (back * (index + 3)) % 5 - (3 if day.weekday() >= 5 else 0) - back // 9
            )
            if count:
                shop.history.append(
                    {
                        "day": day.isoformat(),
                        "platform": platform,
                        "currency": "GBP",
                        "count": count,
                        "price": str(Decimal(count) * 47),
                    }
                )
    return shop


def calm_shop(now: datetime) -> Shop:
    """The same shop when all is well."""
    shop = busy_shop(now)
    shop.accounts[2] |= {"state": "connected", "reason": None}
    for sale in shop.sales:
        for step in sale["steps"]:
            shop.finish(sale["sale_id"], step["platform"])
    return shop
