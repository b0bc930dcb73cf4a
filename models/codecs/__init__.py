"""Codecs, one in each file: they convert notes to tokens and back."""
