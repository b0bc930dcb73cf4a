"""The systems that can be trained: one folder for each, and a table of their recipes."""
