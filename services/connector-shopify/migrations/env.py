"""Alembic's environment."""

from kit.migrations import run_env

run_env()
