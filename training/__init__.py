"""From folders of music to trained networks; with exporters/onnx.py the only place that imports torch."""
