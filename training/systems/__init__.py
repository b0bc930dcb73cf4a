"""What differs between the systems that can be trained: a folder for each, and a table of their recipes."""
