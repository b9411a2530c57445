"""HTTP for people: articles, listings, unmatched sales, questions, settings."""

from __future__ import annotations

from fastapi import APIRouter
from kit.database import Database

from inventory.routes import articles, listings, matters


def build(db: Database) -> APIRouter:
    """All routes under /v1."""
    router = APIRouter(prefix="/v1")
    for part in (articles, listings, matters):
        router.include_router(part.build(db))
    return router
