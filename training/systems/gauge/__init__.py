"""Train the gauge: windows of songs and their blends, a small network, its figures, its bundle."""
