"""One performance as data: its journal and its states."""
