"""Articles, listings, stock and the quantity every listing should show."""
