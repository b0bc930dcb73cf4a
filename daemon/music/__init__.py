"""The music: from seed, parameters and tick to notes; no port, no socket, no clock."""
