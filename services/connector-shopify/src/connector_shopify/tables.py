"""The tables of this service: those every connector has."""

from connector_kit.tables import metadata

__all__ = ["metadata"]
