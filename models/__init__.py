"""What a model knows: notes, codecs, bundles and one ONNX step; no thread, no port, no torch."""
