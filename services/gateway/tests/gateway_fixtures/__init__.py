"""Owners that speak the real HTTP from memory, and a shop's day to fill them with."""
