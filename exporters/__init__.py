"""From networks and notes to files."""
