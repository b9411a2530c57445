"""Alembic's entry: the kit runs the migrations as the owner."""

from kit.migrations import run_env

run_env()
