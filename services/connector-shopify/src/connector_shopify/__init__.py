"""Shopify: webhooks, orders, listings and the calls that change them."""
