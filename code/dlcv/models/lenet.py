"""LeNet-5, the convolutional network that read checks in the 1990s, as it is trained today."""

from torch import Tensor, nn


class LeNet(nn.Module):
    """Two rounds of convolution and pooling, then three fully connected layers.

    LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition"
    (1998), with ReLU for the sigmoid and max pooling for the trainable averages: 61,706 parameters
    for gray images of 32 × 32 and ten classes, 62,006 for color. Chapter 11 builds it.

    Args:
        channels: 1 for gray images, 3 for color.
        classes: how many scores to give.
        size: height and width of the images, at least 16 pixels.

    Raises:
        ValueError: the images are too small for two rounds of convolution and pooling.
    """

    def __init__(self, channels: int = 3, classes: int = 10, size: int = 32):
        super().__init__()
        side = ((size - 4) // 2 - 4) // 2  # each 5 × 5 convolution takes 4 pixels, pooling half
        if side < 1:
            raise ValueError(f"size must be at least 16 pixels for LeNet; got {size}")
        self.features = nn.Sequential(  # (B, channels, size, size) → (B, 16, side, side)
            nn.Conv2d(channels, 6, kernel_size=5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, kernel_size=5),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(  # (B, 16, side, side) → (B, classes)
            nn.Flatten(),
            nn.Linear(16 * side * side, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores `(B, classes)` for images `(B, channels, size, size)`."""
        return self.classifier(self.features(images))
