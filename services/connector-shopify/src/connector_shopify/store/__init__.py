"""SQL only Shopify needs."""

from connector_shopify.store.health import save_heard, save_topics, topics_looked_at
from connector_shopify.store.privacy import (
    Page,
    count_forgotten,
    dead_page,
    delete_raw,
    empty_dead,
    insert_request,
    list_requests,
    load_request,
    raw_page,
)

__all__ = [
    "Page",
    "count_forgotten",
    "dead_page",
    "delete_raw",
    "empty_dead",
    "insert_request",
    "list_requests",
    "load_request",
    "raw_page",
    "save_heard",
    "save_topics",
    "topics_looked_at",
]
