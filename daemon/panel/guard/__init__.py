"""What protects the panel: password, sessions, limits, checks."""
