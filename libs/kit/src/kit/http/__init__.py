"""HTTP for every service: errors as problem+json, signed callers, health, metrics, dead letters."""

from kit.http.answers import invalid_request
from kit.http.app import BodyLimit, make_app
from kit.http.callers import CallerDep, OperationsDep, WriterDep
from kit.http.routers import admin_router, health_router, outbox_router

__all__ = [
    "BodyLimit",
    "CallerDep",
    "OperationsDep",
    "WriterDep",
    "admin_router",
    "health_router",
    "invalid_request",
    "make_app",
    "outbox_router",
]
