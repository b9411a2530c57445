"""Every panel of the product, by name."""

from __future__ import annotations

from gateway.routes.panels import connected, dashboard, delists, sales
from gateway.routes.panels.base import Panel

_NO_DELISTING = "Sales are recorded, take-downs may wait until it does"

_ALL = (
    Panel(
        "truth",
        "What is still for sale",
        dashboard.truth_line,
        ("delist", "sale"),
        1,
        bare=True,
        meanwhile=_NO_DELISTING,
    ),
    Panel("stats", "Today's figures", dashboard.stats, ("sale", "delist"), 2, bare=True),
    Panel("days", "Sales by day", dashboard.days, ("sale",), 6),
    Panel("latest", "Sales as they happen", dashboard.latest, ("sale", "delist"), 6),
    Panel("needs", "Needs you", dashboard.needs, ("delist", "account", "stock"), 3, meanwhile=_NO_DELISTING),
    Panel("accounts", "Accounts", dashboard.accounts, ("account", "sync"), 3, bare=True),
    Panel("connected", "Connected accounts", connected.cards, ("account",), 8, bare=True),
    Panel("runs", "Refresh", dashboard.runs, ("sync",), 1, bare=True),
    Panel("sales", "Sales", sales.table, ("sale", "delist"), 10),
    Panel(
        "delists",
        "Listings of sold articles",
        delists.groups,
        ("delist",),
        6,
        bare=True,
        meanwhile=_NO_DELISTING,
    ),
    Panel("sale", "This sale", sales.one, ("sale", "delist", "stock"), 8, bare=True),
)
PANELS = {panel.name: panel for panel in _ALL}
