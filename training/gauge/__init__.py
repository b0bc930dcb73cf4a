"""The gauge's own learning: windows of songs and blends of them, a small network, its figures, its bundle."""
