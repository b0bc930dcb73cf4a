"""Workers: processes that do one job each, bounded in time and memory, without network, for the other processes."""
