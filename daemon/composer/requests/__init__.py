"""Carry out the requests of clients."""
