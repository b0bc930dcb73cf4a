"""Work on files of strangers, each in a process of its own with bounds in time and memory."""
