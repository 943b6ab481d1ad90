"""Image classification with the networks of the trunk library: sets of images, training on them, trained weights.

The trunk library knows nothing of it; it stands on that and on the run's folder of `honte train`.
"""
