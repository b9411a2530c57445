"""Sync plans, runs and watermarks."""
