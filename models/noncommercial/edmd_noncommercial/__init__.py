"""Bundles for non-commercial use. There is no code here; edmd finds the folders."""
