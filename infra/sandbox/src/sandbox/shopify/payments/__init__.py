"""Shopify Payments: what each order earned, and the payouts that hand it over."""

from sandbox.shopify.payments.fields import FIELDS, account_of
from sandbox.shopify.payments.till import Till

__all__ = ["FIELDS", "Till", "account_of"]
