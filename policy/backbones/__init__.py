"""Convolutional backbones: short declarations over the blocks of `policy.backbones.blocks`."""
