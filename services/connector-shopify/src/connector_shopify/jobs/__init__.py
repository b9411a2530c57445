"""Background work only Shopify needs."""
