"""Bulk operations: one query over a whole shop, run beside everything else, whose result is a file of lines."""

from sandbox.shopify.bulk.fields import FIELDS
from sandbox.shopify.bulk.runner import Runner

__all__ = ["FIELDS", "Runner"]
