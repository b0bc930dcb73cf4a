"""Workers: processes that each do one job for another process, with limited time and memory and without network."""
