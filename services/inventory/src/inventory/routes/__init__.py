"""HTTP for people: articles, files of them, listings, drafts, unmatched sales, suggestions, questions, owner rules, settings."""

from __future__ import annotations

from fastapi import APIRouter
from kit.database import Database
from kit.jobs import Wake

from inventory.routes import articles, imports, listings, matters, merging, owners, suggestions


def build(db: Database, sweep: Wake) -> APIRouter:
    """All routes under /v1; `sweep` tells articles of changed owner rules."""
    router = APIRouter(prefix="/v1")
    for part in (imports, articles, listings, merging, suggestions):
        router.include_router(part.build(db))
    for swept in (matters, owners):
        router.include_router(swept.build(db, sweep))
    return router
