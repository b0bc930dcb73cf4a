"""How far long work has come."""

from exporters.progress import Lines, counting, progress_bar

__all__ = ["Lines", "counting", "progress_bar"]
