"""Marketplace bodies in their real shapes, written for these tests."""
