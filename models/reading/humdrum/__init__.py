"""Read Humdrum."""
