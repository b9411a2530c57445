"""Loads testkit's fixtures for every test of the workspace."""

pytest_plugins = ["testkit.plugin"]
