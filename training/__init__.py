"""Train networks from folders of music. Only this package and exporters/onnx.py import torch."""
