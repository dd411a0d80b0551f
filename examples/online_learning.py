"""Online learning behind a small prediction server: each answer may be corrected, and the model learns from the correction.

A client asks about one digit after the other over HTTP, on this machine only. Half way all labels change their meaning, and the
server has to find that out from what it is told.
"""

import http.server
import json
import sys
import threading
import urllib.request

from shared import arguments, result
from tqdm import tqdm

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import nn
from eagerjax.vision import datasets

REQUIRED_ACCURACY = {True: 0.6, False: 0.85}  # over the last fifth of the stream, by --quick; by chance it is 0.1
RECENT = 32  # corrections that it learns from each time


class Learner:
    """A classifier of images (8, 8) that takes one step for each label it is told."""

    def __init__(self, lr, jit):
        self.model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.images, self.labels = torch.zeros(RECENT, 8, 8), torch.zeros(RECENT, dtype=torch.int64)
        self.count = 0
        self.update = torch.compile(self.update, jit=jit)

    @torch.no_grad()
    def predict(self, image):
        chances = self.model(torch.tensor(image)[None]).softmax(1)[0]
        return {"label": chances.argmax().item(), "confidence": chances.max().item()}

    def learn(self, image, label):
        """A label for an image: it takes the place of the oldest."""
        at = self.count % RECENT
        self.images[at], self.labels[at] = torch.tensor(image), label
        self.count += 1
        return {"loss": self.update(self.images, self.labels, float(min(self.count, RECENT))).item()}

    def update(self, images, labels, known):
        losses = F.cross_entropy(self.model(images), labels, reduction="none")
        loss = (losses * (torch.arange(RECENT) < known)).sum() / known
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss


def serve(learner):
    """A server of POST /predict {"image"} and POST /learn {"image", "label"}, in a thread of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            action = {"/predict": learner.predict, "/learn": learner.learn}.get(self.path)
            answer = json.dumps({"error": "no such path"} if action is None else action(**given)).encode()
            self.send_response(404 if action is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *message):
            """(The progress bar says enough.)"""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def ask(server, path, **given):
    url = f"http://127.0.0.1:{server.server_port}{path}"
    request = urllib.request.Request(url, json.dumps(given).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def main():
    args = arguments(__doc__, steps=4000, quick_steps=800, lr=5e-3)
    digits = datasets.Digits(train=True)
    server, right = serve(Learner(args.lr, args.jit)), []
    for i in tqdm(range(args.steps), mininterval=1):
        image = (torch.tensor(digits.data[i % len(digits)]) / 255).tolist()
        label = int(digits.targets[i % len(digits)])
        label = label if i < args.steps // 2 else 9 - label
        right.append(ask(server, "/predict", image=image)["label"] == label)
        ask(server, "/learn", image=image, label=label)
    server.shutdown()
    fifth = args.steps // 5
    for first in range(0, args.steps, fifth):
        part = right[first : first + fifth]
        print(f"answers {first + 1:5} to {first + len(part):5}: {sum(part) / len(part):.3f} right")
    return result("accuracy at the end", sum(right[-fifth:]) / fifth, at_least=REQUIRED_ACCURACY[args.quick])


if __name__ == "__main__":
    sys.exit(main())
