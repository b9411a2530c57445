"""Soldwire against bare floors, measured in one run (`make bench`)."""
