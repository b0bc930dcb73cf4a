"""The wire: control requests and telemetry over ZeroMQ, as bytes and sockets; what they mean is the composer's matter."""
