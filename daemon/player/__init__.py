"""The player process: time, ports, schedule and sounding notes. It imports neither ONNX Runtime, nor ZeroMQ, nor numpy."""
