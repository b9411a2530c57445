"""Alembic's entry for the mini service of kit's tests."""

from kit.migrations import run_env

run_env()
