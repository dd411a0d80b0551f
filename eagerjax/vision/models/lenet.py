"""LeNet-5, as it is written today. Source: LeCun et al. 1998, figure 2."""

import eagerjax.nn.functional as F
from eagerjax import nn


class LeNet(nn.Module):
    """Two convolutions with pooling and three linear layers. Input: (batch, `in_channels`, 28, 28); 61,706 parameters.

    torchvision has no such network; the names of the layers are those of PyTorch's first tutorial.
    """

    def __init__(self, num_classes=10, in_channels=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))
