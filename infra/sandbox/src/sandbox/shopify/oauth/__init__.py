"""Shopify's OAuth: the page where the seller consents, and the token endpoint with its grants."""

from sandbox.shopify.oauth.consent import authorize, link, query_hmac
from sandbox.shopify.oauth.grants import access_token
from sandbox.shopify.oauth.pairs import REFRESH_LIFE, use

__all__ = ["REFRESH_LIFE", "access_token", "authorize", "link", "query_hmac", "use"]
