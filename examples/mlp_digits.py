"""A multilayer perceptron on handwritten digits: the 8x8 ones that come with the package, or MNIST from a folder."""

import argparse
import sys

from tqdm import tqdm

import eagerjax as torch
from eagerjax import nn
from eagerjax.utils.data import DataLoader
from eagerjax.vision import datasets, transforms

REQUIRED_ACCURACY = 0.93


def load(mnist):
    """(training set, test set): the embedded digits, or MNIST's files under the folder `mnist`."""
    to_tensor = transforms.ToTensor()
    dataset = datasets.Digits if mnist is None else datasets.MNIST
    return tuple(dataset(mnist, train=train, transform=to_tensor) for train in (True, False))


def make_model(inputs):
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, 128), nn.ReLU(), nn.Linear(128, 10))


def train_epoch(model, loader, loss_fn, optimizer, description):
    """One pass over the training set. Returns the mean loss."""
    model.train()
    total = 0.0
    bar = tqdm(loader, desc=description, mininterval=1)
    for images, labels in bar:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    return total / len(loader)


@torch.no_grad()
def accuracy(model, loader):
    """The share of images that the model names rightly."""
    model.eval()
    right = seen = 0
    for images, labels in loader:
        right += (model(images).argmax(dim=1) == labels).sum().item()
        seen += len(labels)
    return right / seen


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mnist", metavar="FOLDER", help="use MNIST from FOLDER/MNIST/raw")
    parser.add_argument("--quick", action="store_true", help="10 epochs")
    args = parser.parse_args()
    epochs = 10 if args.quick else args.epochs

    torch.manual_seed(args.seed)
    train_set, test_set = load(args.mnist)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=256)

    model = make_model(train_set[0][0].numel())
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(epochs):
        loss = train_epoch(model, train_loader, loss_fn, optimizer, f"epoch {epoch + 1}/{epochs}")
        print(f"epoch {epoch + 1}: training loss {loss:.4f}, validation accuracy {accuracy(model, test_loader):.4f}")

    final = accuracy(model, test_loader)
    print(f"validation accuracy {final:.4f} (required: {REQUIRED_ACCURACY})")
    return int(final < REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
