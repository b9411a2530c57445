"""Shopify's JSON as Soldwire's: webhooks and Admin GraphQL answers, both brought to one form of an order."""
