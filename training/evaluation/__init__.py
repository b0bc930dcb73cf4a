"""Measures of music on the grid: pure functions over token arrays, each idea in its own file, its source cited."""
