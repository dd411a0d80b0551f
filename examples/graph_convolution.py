"""A graph convolutional network: every node's group is found from the graph and three labelled nodes a group.

Source: Kipf and Welling 2017. The graph is drawn at random: nodes of one group are linked more often.
"""

import sys

import numpy as np
from shared import arguments, result, train

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn

REQUIRED_ACCURACY = 0.90
NODES, GROUPS, LABELLED = 400, 4, 3


def graph(seed):
    """(edges (2, E) in both directions, features (NODES, 16), groups (NODES,))."""
    rng = np.random.default_rng(seed)
    groups = np.arange(NODES) % GROUPS
    chance = np.where(groups[:, None] == groups, 0.08, 0.005)
    links = np.triu(rng.random((NODES, NODES)) < chance, 1)
    edges = np.argwhere(links | links.T).T
    features = rng.normal(size=(NODES, 16)) + np.eye(GROUPS, 16)[groups]
    return torch.tensor(edges), torch.tensor(features, dtype=torch.float32), torch.tensor(groups)


class GraphConv(nn.Module):
    """Each node's new value: a linear map of its own and its neighbours', weighted by their numbers of links."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x, edges):
        source, target = edges
        degree = torch.ones(len(x)).index_add(0, target, torch.ones(len(target)))
        x = self.linear(x)
        messages = x[source] * (degree[source] * degree[target]).rsqrt()[:, None]
        return (x / degree[:, None]).index_add(0, target, messages)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = GraphConv(16, 32)
        self.second = GraphConv(32, GROUPS)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x, edges):
        x = F.relu(self.first(self.dropout(x), edges))
        return self.second(self.dropout(x), edges)


def main():
    args = arguments(__doc__, steps=400, quick_steps=150, lr=1e-2)
    edges, features, groups = graph(args.seed)
    known = torch.arange(GROUPS * LABELLED)  # the first nodes go through the groups in turn
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, weight_decay=5e-3)

    def step():
        loss = F.cross_entropy(model(features, edges)[known], groups[known])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    train(torch.compile(step, jit=args.jit), args.steps)
    model.eval()
    with torch.no_grad():
        right = (model(features, edges).argmax(1) == groups)[len(known) :].float().mean().item()
    return result("accuracy on nodes without a label", right, at_least=REQUIRED_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())
