"""Convolutional networks, for images and as Go networks: short declarations over the same few blocks."""

from honte.policy.backbones import alexnet, alphago, googlenet, lenet, resnet, vgg, zfnet
from honte.policy.backbones.create import create_model
from honte.policy.backbones.registry import ModelInfo, list_models, model_info, register

__all__ = ["ModelInfo", "create_model", "list_models", "model_info", "register"]

for _module in (lenet, alexnet, zfnet, vgg, googlenet, resnet, alphago):
    register(*_module.MODELS)
