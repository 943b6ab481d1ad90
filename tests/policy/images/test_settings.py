"""The settings of a training on images."""

from honte.policy.backbones import model_info
from honte.policy.images.settings import published_recipe


def test_published_recipes_are_the_papers() -> None:
    recipe = published_recipe("vgg16")
    assert (recipe.batch_size, recipe.learning_rate, recipe.momentum, recipe.weight_decay) == (256, 0.01, 0.9, 5e-4)
    assert model_info("resnet50").recipe.weight_decay == 1e-4  # not the 1e-5 of CS231n's slide
