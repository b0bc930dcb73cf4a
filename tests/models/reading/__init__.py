"""Files of strangers, read."""
