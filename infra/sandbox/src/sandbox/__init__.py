"""Stand-ins for Shopify, eBay and Depop with their real wire formats, signatures, limits and failures."""
