"""The control API: accounts, listings, sales, faults and the truth, for tests, benches and the demo."""
