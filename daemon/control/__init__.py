"""Control requests and telemetry over ZeroMQ: bytes and sockets. The composer carries the requests out."""
