"""eBay's JSON and signatures as typed values, and their translation into what Soldwire says."""
