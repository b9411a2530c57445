"""Test-only helpers: real Kafka and PostgreSQL per run, service fixtures, the connector suite."""
