"""A small convolutional network on the embedded digits: convolution, batch norm, dropout, a learning-rate schedule."""

import argparse
import sys

from tqdm import tqdm

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.utils.data import DataLoader
from eagerjax.vision import datasets, transforms

REQUIRED_ACCURACY = 0.95


class Net(nn.Module):
    """Two convolutions with batch norm, one pooling, two linear layers. Input: (batch, 1, 8, 8)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(32)
        self.dropout = nn.Dropout(0.25)
        self.fc1 = nn.Linear(32 * 4 * 4, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.norm1(self.conv1(x)))
        x = F.relu(self.norm2(self.conv2(x)))
        x = F.max_pool2d(x, 2)
        x = self.dropout(x.flatten(1))
        return self.fc2(F.relu(self.fc1(x)))


def train_epoch(model, loader, optimizer, description):
    model.train()
    bar = tqdm(loader, desc=description, mininterval=1)
    for images, labels in bar:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    right = sum((model(images).argmax(1) == labels).sum().item() for images, labels in loader)
    return right / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="4 epochs")
    args = parser.parse_args()
    epochs = 4 if args.quick else args.epochs

    torch.manual_seed(args.seed)
    to_tensor = transforms.ToTensor()
    train_loader = DataLoader(datasets.Digits(train=True, transform=to_tensor), batch_size=64, shuffle=True)
    test_loader = DataLoader(datasets.Digits(train=False, transform=to_tensor), batch_size=359)

    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    for epoch in range(epochs):
        train_epoch(model, train_loader, optimizer, f"epoch {epoch + 1}/{epochs}")
        scheduler.step()
        print(f"epoch {epoch + 1}: validation accuracy {accuracy(model, test_loader):.4f}")

    final = accuracy(model, test_loader)
    print(f"validation accuracy {final:.4f} (required: {REQUIRED_ACCURACY})")
    return int(final < REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
