"""Notes, codecs, bundles and one ONNX step. This package uses no threads, no ports and no torch."""
