"""The systems that compose music: one folder for each, and the table of all of them."""
