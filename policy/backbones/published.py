"""How the networks were trained when they were published: data, for `model_info`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PublishedRecipe:
    """Published training settings; None or an empty string is what a paper does not say."""

    optimiser: str = "SGD"
    batch_size: int | None = None
    learning_rate: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    dropout: float | None = None
    """Share of the hidden units that is dropped."""
    length: str = ""
    """How long it was trained."""
    schedule: str = ""
    initialisation: str = ""
    augmentation: str = ""
    note: str = ""
    """What else matters, or where sources differ."""


LENET5 = PublishedRecipe(
    optimiser="stochastic diagonal Levenberg-Marquardt",
    batch_size=1,
    learning_rate=5e-4,
    length="20 passes over 60,000 digits",
    schedule="0.0005 for 2 passes, 0.0002 for 3, 0.0001 for 3, 0.00005 for 4, then 0.00001",
    initialisation="uniform within ±2.4 over the number of inputs (unverified)",
    augmentation="none, or distortions; background at -0.1 and ink at 1.175",
)
ALEXNET = PublishedRecipe(
    batch_size=128,
    learning_rate=0.01,
    momentum=0.9,
    weight_decay=5e-4,
    dropout=0.5,
    length="about 90 epochs",
    schedule="divided by 10 by hand when validation stops improving, three times",
    initialisation="weights N(0, 0.01); biases 1 in conv2, conv4, conv5 and the hidden layers, else 0",
    augmentation="random crops of 256, flips, colours shifted along their principal components",
    note="Caffe's replica found that biases of 1 do not train, and took 0.1; batch 256, a tenth every 100,000 steps",
)
ZFNET = PublishedRecipe(
    batch_size=128,
    learning_rate=0.01,
    momentum=0.9,
    dropout=0.5,
    length="70 epochs",
    schedule="lowered by hand when validation stops improving",
    initialisation="weights at a scale of 0.01, biases 0",
    augmentation="ten crops of 224 from 256, flips among them",
    note="any filter of a root mean square above 0.1 is scaled back to 0.1",
)
VGG = PublishedRecipe(
    batch_size=256,
    learning_rate=0.01,
    momentum=0.9,
    weight_decay=5e-4,
    dropout=0.5,
    length="74 epochs (370,000 steps)",
    schedule="divided by 10 when validation stops improving, three times",
    initialisation="four convolutions and the head of a trained vgg11, the rest of variance 0.01 (unverified)",
    augmentation="random crops of 224 from sides of 256, 384 or 256 to 512, flips, colour shifts",
    note="Glorot's initialisation was found to do without the trained vgg11",
)
GOOGLENET = PublishedRecipe(
    optimiser="asynchronous SGD",
    momentum=0.9,
    dropout=0.4,
    schedule="4 % lower every 8 epochs; averaged weights are the ones tested",
    augmentation="crops of 8 to 100 % of the area at ratios of 3/4 to 4/3, photometric distortions",
    note="auxiliary losses count 0.3 each; Caffe's replica: rate 0.01, decay 2e-4, batch 32 (unverified)",
)
RESNET = PublishedRecipe(
    batch_size=256,
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=1e-4,
    length="600,000 steps",
    schedule="divided by 10 when the error stops improving",
    initialisation="He",
    augmentation="random crops of 224 from sides of 256 to 480, flips, colours shifted along principal components",
    note="CS231n's slide prints a weight decay of 1e-5; the paper has 1e-4",
)
RESNET_CIFAR = PublishedRecipe(
    batch_size=128,
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=1e-4,
    length="64,000 steps (unverified)",
    schedule="divided by 10 after 32,000 and 48,000 steps (unverified)",
    initialisation="He",
    augmentation="random crops of 32 from 40, flips (unverified)",
    note="110 layers begin at a rate of 0.01 until the training error is below 80 % (unverified)",
)
ALPHAGO = PublishedRecipe(
    optimiser="asynchronous SGD on 50 GPUs",
    batch_size=16,
    learning_rate=0.003,
    momentum=0.0,
    length="340 million steps, three weeks",
    schedule="halved every 80 million steps",
    augmentation="all eight symmetries of the board",
    note="on about 30 million positions of KGS games of 6 to 9 dan, passes left out; 57.0 % top-1",
)
