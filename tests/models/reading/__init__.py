"""Tests of the readers of untrusted files."""
