"""The systems of a deck together, and the driver that steps their networks."""
