"""Outgoing HTTP to eBay: tokens, calls, and what their answers mean."""

from connector_ebay.client.api import Ebay
from connector_ebay.client.http import LoginNeededError, Seller
from connector_ebay.client.problems import classified
from connector_ebay.client.tokens import Keys, Tokens

__all__ = ["Ebay", "Keys", "LoginNeededError", "Seller", "Tokens", "classified"]
