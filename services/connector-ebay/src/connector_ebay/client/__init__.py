"""Outgoing HTTP to eBay: tokens, calls, and what their answers mean."""

from connector_ebay.client.api import Ebay
from connector_ebay.client.http import EbayRefusedError, LoginNeededError, Seller, UnreadableAnswerError

__all__ = ["Ebay", "EbayRefusedError", "LoginNeededError", "Seller", "UnreadableAnswerError"]
