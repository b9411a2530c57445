"""HTTP for people: articles, listings, unmatched sales, suggestions, questions, settings."""

from __future__ import annotations

from fastapi import APIRouter
from kit.database import Database

from inventory.routes import articles, listings, matters, merging, suggestions


def build(db: Database) -> APIRouter:
    """All routes under /v1."""
    router = APIRouter(prefix="/v1")
    for part in (articles, listings, matters, merging, suggestions):
        router.include_router(part.build(db))
    return router
