"""Asking a shop whether each part of our work with it would go, without changing anything."""

from __future__ import annotations

CHECKS = {
    "AppScopes": "query AppScopes { currentAppInstallation { accessScopes { handle } } }",
    "FirstOrder": "query FirstOrder { orders(first: 1, reverse: true, sortKey: UPDATED_AT) { nodes { id } } }",
    "FirstArticle": "query FirstArticle { productVariants(first: 1) { nodes { id } } }",
}
