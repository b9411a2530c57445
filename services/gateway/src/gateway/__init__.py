"""Sign-in, the dashboard, the public API and live updates."""
