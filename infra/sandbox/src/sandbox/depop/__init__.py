"""Depop: the seller's own pages and the sales CSV."""
