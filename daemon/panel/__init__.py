"""The web panel: a separate process, which the daemon treats as any other ZeroMQ client."""
