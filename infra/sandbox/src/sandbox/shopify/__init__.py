"""Shopify: Admin GraphQL, OAuth and signed webhooks."""
