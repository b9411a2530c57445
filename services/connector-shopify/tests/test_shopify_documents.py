"""Every named GraphQL document is valid against Shopify's own schema, where that is present, and the sandbox's."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import pytest
import sandbox.shopify
from connector_shopify.client import DOCUMENTS
from graphql import GraphQLSchema, build_schema, parse, validate

SHOPIFYS = Path(__file__).parents[4] / "shared" / "marketplaces" / "shopify" / "admin_2026-10.graphql.gz"
SANDBOXS = Path(sandbox.shopify.__file__).parent / "schema.graphql"


@cache
def _schema(path: Path) -> GraphQLSchema:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    schema = build_schema(text, assume_valid=True)
    if schema.get_directive("idempotent") is None:
        schema = build_schema(text + "\ndirective @idempotent(key: String!) on FIELD\n", assume_valid=True)
    return schema


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_document_fits_the_sandbox(name: str) -> None:
    assert validate(_schema(SANDBOXS), parse(DOCUMENTS[name])) == []


@pytest.mark.skipif(not SHOPIFYS.exists(), reason="Shopify's schema is not at ../shared/marketplaces")
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_document_fits_shopify(name: str) -> None:
    assert validate(_schema(SHOPIFYS), parse(DOCUMENTS[name])) == []
