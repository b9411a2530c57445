"""Inventory's settings."""

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has; inventory needs nothing of its own."""
