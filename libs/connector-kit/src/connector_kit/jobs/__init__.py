"""Background work of a connector: maps raw webhooks, polls orders, carries out runs."""

from connector_kit.jobs.polls import PollOrders
from connector_kit.jobs.runs import CarryOutRuns
from connector_kit.jobs.webhooks import MapWebhooks

__all__ = ["CarryOutRuns", "MapWebhooks", "PollOrders"]
