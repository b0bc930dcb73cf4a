"""Time: clocks, timelines, their sources, scheduled events."""
