"""`edmd top`: a live view of a daemon in a terminal, with keys."""
