"""The plumbing every Soldwire service stands on: bus, outbox, inbox, database, health, traces."""
