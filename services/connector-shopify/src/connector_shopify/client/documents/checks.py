"""Asking a shop whether each part of our work with it would go, without changing anything."""

from __future__ import annotations

CHECKS = {
    "FirstOrder": "query FirstOrder { orders(first: 1, reverse: true, sortKey: UPDATED_AT) { nodes { id } } }",
    "FirstArticle": "query FirstArticle { productVariants(first: 1) { nodes { id } } }",
}
