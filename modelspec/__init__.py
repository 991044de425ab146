"""Compile one declarative JSON model spec to Keras, PyTorch and ONNX."""
