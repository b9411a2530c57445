"""Outgoing HTTP: one small typed client per owner, each call with a token of its own."""

from gateway.client.accounts import Accounts, Shops
from gateway.client.base import Who
from gateway.client.delists import Delists
from gateway.client.files import File, OwnerAwayError
from gateway.client.ledger import Ledger
from gateway.client.owners import Owners
from gateway.client.runs import Runs

__all__ = ["Accounts", "Delists", "File", "Ledger", "OwnerAwayError", "Owners", "Runs", "Shops", "Who"]
