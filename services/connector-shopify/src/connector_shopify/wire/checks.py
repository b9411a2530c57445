"""Answers to the questions of a test of a shop's connection."""

from __future__ import annotations

from connector_shopify.wire.graphql import Node, Ref


class Refs(Node):
    """Things by their ids."""

    nodes: tuple[Ref, ...]


class FirstOrderData(Node):
    """Answer of FirstOrder."""

    orders: Refs


class FirstArticleData(Node):
    """Answer of FirstArticle."""

    product_variants: Refs
