"""The songs page: files of songs, and the workers that make them."""
