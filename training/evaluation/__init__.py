"""Measures of music on the grid: pure functions over token arrays, one idea per file, with its source."""
