"""eBay: OAuth, Fulfillment, Inventory, Identity and signed notifications."""
