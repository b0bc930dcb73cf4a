"""Workers read files from strangers, each in its own process with limits on time and memory."""
