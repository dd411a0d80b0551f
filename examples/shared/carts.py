"""Poles on carts, simulated in numpy. Source of the physics: Barto, Sutton, Anderson 1983."""

import numpy as np

import eagerjax as torch


class Carts:
    """Carts on a rail, each with a pole: a push to the left (0) or right (1) every 20 ms.

    After a step, `after` are the states that it led to and `fell` says which are the end, where `state` has begun anew.
    """

    def __init__(self, count, seed):
        self.rng = np.random.default_rng(seed)
        self.state = self.after = self.start(count)
        self.fell = np.zeros(count, bool)
        self.age = np.zeros(count, int)
        self.lengths = []  # of the episodes that have ended

    def start(self, count):
        return self.rng.uniform(-0.05, 0.05, (count, 4))

    def step(self, push):
        """One time step for all. Returns which poles fell or carts left the rail; those begin anew."""
        x, speed, angle, turning = self.state.T
        force = np.where(push == 1, 10.0, -10.0)
        sine, cosine = np.sin(angle), np.cos(angle)
        drive = (force + 0.05 * turning**2 * sine) / 1.1
        spin = (9.8 * sine - cosine * drive) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
        gain = drive - 0.05 * spin * cosine / 1.1
        moved = [x + 0.02 * speed, speed + 0.02 * gain, angle + 0.02 * turning, turning + 0.02 * spin]
        self.state = self.after = np.stack(moved, 1)
        self.age += 1
        self.fell = (abs(self.state[:, 0]) > 2.4) | (abs(self.state[:, 2]) > 0.2095)
        over = self.fell | (self.age >= 200)
        self.lengths += self.age[over].tolist()
        self.state = np.where(over[:, None], self.start(len(over)), self.state)
        self.age[over] = 0
        return over

    def seen(self):
        return torch.tensor(self.state, dtype=torch.float32)
