"""Follows every listing of a sold article to its target."""
