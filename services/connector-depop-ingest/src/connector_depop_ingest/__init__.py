"""Depop: paired browsers, uploads of sold items, and tasks a browser carries out."""
