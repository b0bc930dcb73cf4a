"""The player process: time, ports, the schedule, what sounds; it imports no runtime, no socket, no numpy."""
