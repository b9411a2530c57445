"""What crosses the bus: every topic, event and envelope of Soldwire."""
