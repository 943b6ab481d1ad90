"""Learns and predicts: networks, training, checkpoints, evaluation, prediction (torch and safetensors)."""
