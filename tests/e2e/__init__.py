"""The whole way of a sale, through every service, on real Kafka and PostgreSQL."""
