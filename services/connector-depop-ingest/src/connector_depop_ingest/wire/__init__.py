"""What browsers and sellers hand in, as typed values, and its translation into what Soldwire says."""
