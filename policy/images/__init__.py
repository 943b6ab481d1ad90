"""Training the backbones on sets of images."""
