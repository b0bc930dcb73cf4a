"""Codecs: one a file, notes to model steps and back."""
