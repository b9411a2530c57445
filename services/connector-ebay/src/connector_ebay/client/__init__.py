"""Outgoing HTTP to eBay: tokens, calls, and what their answers mean."""

from connector_ebay.client.api import Ebay
from connector_ebay.client.http import LoginNeededError, Seller
from connector_ebay.client.limits import Limits, Pace
from connector_ebay.client.marketplace import EbayMarketplace
from connector_ebay.client.notification_api import NotificationApi
from connector_ebay.client.problems import classified
from connector_ebay.client.subscriptions import Address, Subscriptions
from connector_ebay.client.tokens import Keys, Tokens

__all__ = [
    "Address",
    "Ebay",
    "EbayMarketplace",
    "Keys",
    "Limits",
    "LoginNeededError",
    "NotificationApi",
    "Pace",
    "Seller",
    "Subscriptions",
    "Tokens",
    "classified",
]
