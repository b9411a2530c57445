"""Background work of a connector: maps raw webhooks, polls orders, carries out runs, keeps subscriptions, seals anew."""

from connector_kit.jobs.backlog import MeasureBacklog
from connector_kit.jobs.chores import DoChores
from connector_kit.jobs.polls import PollOrders
from connector_kit.jobs.runs import CarryOutRuns
from connector_kit.jobs.sealing import SealAnew
from connector_kit.jobs.subscriptions import KeepSubscriptions
from connector_kit.jobs.webhooks import MapWebhooks

__all__ = [
    "CarryOutRuns",
    "DoChores",
    "KeepSubscriptions",
    "MapWebhooks",
    "MeasureBacklog",
    "PollOrders",
    "SealAnew",
]
