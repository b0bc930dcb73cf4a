"""Compose without waiting, for files and measurements."""
