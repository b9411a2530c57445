"""What the marketplaces' connectors share: raw webhooks, last seen state, intents, budgets, error tables."""
