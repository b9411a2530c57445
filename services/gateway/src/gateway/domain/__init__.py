"""The gateway's own rules, in plain Python: who may come in, and what a page says."""
