"""Write networks and music to files."""
