"""Every sale once, with its money, its status and its way."""
