"""Read ABC."""
