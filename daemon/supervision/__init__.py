"""The supervisor of a daemon's roles: it starts them, watches them, starts them again, and ends them."""
