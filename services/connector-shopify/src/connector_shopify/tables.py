"""What the Shopify connector keeps beside what every connector keeps: sign-ins, privacy requests, payouts, take-downs, health."""

from __future__ import annotations

from connector_kit.tables import BUS_TABLES as SHARED_BUS_TABLES
from connector_kit.tables import TENANT_TABLES as SHARED_TENANT_TABLES
from connector_kit.tables import accounts, metadata, raw_webhooks
from kit.columns import count, moment
from sqlalchemy import Boolean, Column, Index, Integer, Numeric, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

oauth_states = Table(
    "oauth_states",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("session", Text, nullable=False),
    Column("shop", Text, nullable=False),
    Column("stock_master", Boolean, nullable=False, server_default="false"),
    moment("expires_at", nullable=False),
    moment("used_at"),
    Index("oauth_states_expired", "expires_at"),
)
"""Sign-ins under way: SHA-256 of the state, and whose it is. Used once."""

account_settings = Table(
    "account_settings",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("sold_out", Text, nullable=False, server_default="keep"),
    moment("changed_at", nullable=False),
)
"""`sold_out`: what becomes of a product none of whose variants can be bought: keep, unpublish, draft, archive."""

account_health = Table(
    "account_health",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    moment("ok_at"),
    moment("failing_since"),
    moment("error_at"),
    Column("error_code", Text),
    Column("error_reason", Text),
    count("failures"),
    Column("scopes", JSONB),
    moment("scopes_at"),
    Column("topics", JSONB),
    moment("topics_at"),
    Column("topics_error", Text),
    moment("webhook_at"),
    moment("refused_at"),
    Column("bucket", JSONB),
    Column("payouts_error", Text),
    moment("changed_at", nullable=False),
)
"""How it goes with each shop, written every few seconds; `scopes` granted, `topics` subscribed at our address.

`webhook_at`, `refused_at`: when a webhook came last whose signature held, or did not."""

privacy_requests = Table(
    "privacy_requests",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("delivery_id", Text, nullable=False),
    Column("shopify_id", Text),
    Column("customer_id", Text),
    Column("order_ids", JSONB, nullable=False, server_default="[]"),
    moment("received_at", nullable=False),
    moment("due_by", nullable=False),
    count("forgotten"),
    moment("done_at"),
    UniqueConstraint("account_id", "topic", "delivery_id", name="privacy_requests_delivery"),
    Index("privacy_requests_list", "tenant_id", "received_at", "request_id"),
)
"""What Shopify asked about buyers' data: ids only, no name, no address."""

payouts = Table(
    "payouts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("payout_id", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("amount", Numeric(20, 6), nullable=False),
    Column("currency", Text, nullable=False),
    moment("issued_at", nullable=False),
    moment("said_at", nullable=False),
)
"""Payouts that were said, by the hash of what was said."""

payout_readings = Table(
    "payout_readings",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    moment("complete_up_to", nullable=False),
)
"""Every payout issued before this has been read."""

takedowns = Table(
    "takedowns",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("variant_id", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("policy", Text, nullable=False),
    Column("tracked", Boolean, nullable=False),
    moment("taken_at", nullable=False),
)
"""Variants whose own settings we changed to take them off sale, and what those were."""

product_takedowns = Table(
    "product_takedowns",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("way", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("publications", JSONB, nullable=False, server_default="[]"),
    moment("taken_at", nullable=False),
    moment("done_at"),
    moment("known_at"),
)
"""Products we took off show, how, and what they showed before: status, and ids of the publications they were in.

`known_at`: what changed of one up to then was nothing of its seller's.
"""

product_refusals = Table(
    "product_refusals",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    moment("since", nullable=False),
)
"""Sold-out products Shopify refuses to change, and why, in a seller's words."""

BUS_TABLES = (*SHARED_BUS_TABLES, oauth_states)
OWN_TENANT_TABLES = (
    account_settings,
    account_health,
    privacy_requests,
    payouts,
    payout_readings,
    takedowns,
    product_takedowns,
    product_refusals,
)
TENANT_TABLES = (*SHARED_TENANT_TABLES, *OWN_TENANT_TABLES)

__all__ = [
    "BUS_TABLES",
    "OWN_TENANT_TABLES",
    "TENANT_TABLES",
    "account_health",
    "account_settings",
    "accounts",
    "metadata",
    "oauth_states",
    "payout_readings",
    "payouts",
    "privacy_requests",
    "product_refusals",
    "product_takedowns",
    "raw_webhooks",
    "takedowns",
]
