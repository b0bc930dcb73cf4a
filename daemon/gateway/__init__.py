"""The gateway role: everything that comes in from outside, and everything that is published."""
