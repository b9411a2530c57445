"""Alembic's entry: the product's own environment."""

from kit.migrations import run_env

run_env()
