"""The web panel: a process of its own, and to the daemon a ZeroMQ client like any other."""
