"""The embedded runtime (real Kafka and PostgreSQL from packages), the process supervisor and the soldwire command."""
