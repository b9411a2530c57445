"""Alembic's entry; the plumbing is kit's."""

from kit.migrations import run_env

run_env()
