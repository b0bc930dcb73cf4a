"""Scores as written, independent of the file format, and how they are played."""
