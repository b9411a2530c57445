"""eBay: notifications, orders, offers and the calls that change them."""
