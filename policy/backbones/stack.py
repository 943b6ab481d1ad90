"""Layers laid on one another: what the declaration of a network writes to.

A declaration names the layers of its paper's table. The stack keeps count of channels and sizes, scales the
channels by `width`, and on a board leaves out all that shrinks: strides are 1, pools with a stride are dropped,
and every convolution has the padding that keeps the board's size.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from honte.policy.backbones.blocks import ClassifierHead, conv_block


@dataclass(frozen=True)
class Window:
    """What a layer does to the size of its input."""

    kernel: int
    stride: int
    padding: int
    ceil: bool = False
    """Whether a window that hangs over the edge counts."""

    def __call__(self, size: int) -> int:
        """The size of the output; below 1 there is none."""
        room = size + 2 * self.padding - self.kernel
        if not self.ceil:
            return room // self.stride + 1
        count = -(-room // self.stride) + 1
        return count - ((count - 1) * self.stride >= size + self.padding)

    def __str__(self) -> str:
        """Size, stride and padding, as the tables have them."""
        return f"{self.kernel}x{self.kernel} / {self.stride} / {self.padding}"


class Stack:
    """A network in the making."""

    def __init__(
        self,
        *,
        in_chans: int,
        image_size: int,
        width: float,
        norm: str,
        board: bool,
        drop_rate: float | None = None,
    ) -> None:
        self.channels = in_chans
        self.image_size = image_size
        self.width = width
        self.norm = norm
        self.board = board
        self.drop_rate = drop_rate
        """Share of what the head's layers see that is dropped in training; None for the paper's."""
        self.groups = 1
        """What all channel counts are multiples of."""
        self.layers: OrderedDict[str, nn.Module] = OrderedDict()
        self.windows: list[Window] = []
        self.reduction = 1
        self.feature_info: list[dict[str, int | str]] = []
        """The last layer at each resolution, in timm's form; on a board, of the network on images."""
        self.auxiliary: dict[str, tuple[int, int]] = {}
        """Layers that an auxiliary head may hang on, with channels and size."""
        self.make_head: Callable[[int], nn.Module]

    def scale(self, channels: int) -> int:
        """A channel count of the paper under the stack's width."""
        return max(1, round(channels * self.width / self.groups)) * self.groups

    def size_for(self, image_size: int) -> int:
        """The size of the last layer's output for a size of images; 0 if some layer has none."""
        for window in self.windows:
            image_size = window(image_size)
            if image_size < 1:
                return 0
        return image_size

    @property
    def size(self) -> int:
        return self.size_for(self.image_size)

    @property
    def smallest(self) -> int:
        """The size of the smallest image that every layer has an output for."""
        size = 1
        while not self.size_for(size):
            size += 1
        return size

    def close_stage(self) -> None:
        """Note the last layer as the last of its resolution."""
        name = next(reversed(self.layers), None)
        if name and all(stage["module"] != name for stage in self.feature_info):
            self.feature_info.append({"num_chs": self.channels, "reduction": self.reduction, "module": name})

    def shrink(self, window: Window) -> Window:
        """Reckon with a layer's window, and return the one that it is to have here."""
        if window.stride > 1:
            self.close_stage()
        if self.board:
            window = Window(window.kernel, 1, window.kernel // 2)
        self.windows.append(window)
        self.reduction *= window.stride
        return window

    def add(self, name: str, layer: nn.Module, channels: int | None = None) -> None:
        """Lay on a layer with so many output channels; without a number it keeps them."""
        self.layers[name] = layer
        self.channels = self.channels if channels is None else channels

    def conv(
        self,
        name: str,
        filters: int,
        kernel: int,
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        relu: bool = True,
    ) -> None:
        """A convolution, its batch norm if the network has them, and ReLU."""
        window = self.shrink(Window(kernel, stride, padding))
        out = self.scale(filters)
        layer = conv_block(
            self.channels,
            out,
            kernel,
            stride=window.stride,
            padding=window.padding,
            groups=groups,
            batch_norm=self.norm == "bn",
            relu=relu,
        )
        self.add(name, layer, out)

    def pool(self, name: str, kernel: int, *, stride: int, padding: int = 0, ceil: bool = False) -> None:
        """A max pool; none on a board."""
        self.reduce(name, nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil), Window(kernel, stride, padding, ceil))

    def reduce(self, name: str, layer: nn.Module, window: Window) -> None:
        """A layer that does nothing but shrink, as a pool does; none on a board."""
        if self.board:
            self.close_stage()
        else:
            self.shrink(window)
            self.add(name, layer)

    def response_norm(self, name: str) -> None:
        """Local response normalisation with the constants of AlexNet: k = 2, n = 5, alpha = 1e-4, beta = 0.75.

        PyTorch divides alpha by n, the paper does not.
        """
        if self.norm == "lrn":
            self.add(name, nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0))

    def classifier(self, hidden: tuple[int, ...] = (), *, dropout: float = 0.0) -> None:
        """End in fully connected layers over the last features; without any, over the means of the channels."""
        widths = tuple(self.scale(width) for width in hidden)
        dropout = dropout if self.drop_rate is None else self.drop_rate
        self.make_head = lambda classes: ClassifierHead(
            self.channels, self.size, classes, hidden=widths, dropout=dropout
        )
