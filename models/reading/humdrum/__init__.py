"""Humdrum."""
