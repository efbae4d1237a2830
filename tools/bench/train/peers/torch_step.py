"""The benchmark's steps in PyTorch, channels-last; see ../runner.ts for what it reads and prints."""
import copy
import json
import math
import re
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

s = json.loads(sys.argv[1])
torch.manual_seed(0)
B, side = s["batch"], s["resolution"]


def memory(field):
    with open("/proc/self/status") as file:
        return 1024 * int(re.search(field + r":\s+(\d+)", file.read()).group(1))


base = memory("VmRSS")


class Unit(nn.Module):
    """A residual block of convolutions of some kernels; the stride is on the first 3x3."""

    def __init__(self, inputs, widths, kernels, stride):
        super().__init__()
        layers, at = [], inputs
        for index, (width, kernel) in enumerate(zip(widths, kernels)):
            step = stride if kernel == 3 and not any(k == 3 for k in kernels[:index]) else 1
            layers += [nn.Conv2d(at, width, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(width)]
            layers += [nn.ReLU(inplace=True)] if index < len(widths) - 1 else []
            at = width
        self.body = nn.Sequential(*layers)
        same = stride == 1 and inputs == at
        self.skip = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inputs, at, 1, stride, bias=False), nn.BatchNorm2d(at))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x), inplace=True)


def resnet():
    width, small = s["width"], s["network"] == "resnet18"
    if small:
        layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    else:
        layers = [nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                  nn.MaxPool2d(3, 2, 1)]
    at = width
    for stage, depth in enumerate([2, 2, 2, 2] if small else [3, 4, 6, 3]):
        for index in range(depth):
            w = width * 2**stage
            widths, kernels = ([w, w], [3, 3]) if small else ([w, w, 4 * w], [1, 3, 1])
            layers.append(Unit(at, widths, kernels, 2 if stage > 0 and index == 0 else 1))
            at = widths[-1]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), at


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, 1e-6), nn.LayerNorm(dim, 1e-6)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.heads = heads

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Vit(nn.Module):
    def __init__(self, dim=192, depth=12, heads=3):
        super().__init__()
        self.patches = nn.Conv2d(3, dim, s["patch"], s["patch"])
        self.token = nn.Parameter(torch.zeros(1, 1, dim))
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, 1e-6)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1)
        x = x + positions[: x.shape[1]]
        return self.norm(self.blocks(x))[:, 0]


def mlp(inputs, plain):
    layers = [nn.Linear(inputs, s["hidden"], bias=False), nn.BatchNorm1d(s["hidden"]), nn.ReLU(inplace=True),
              nn.Linear(s["hidden"], s["outputs"], bias=not plain)]
    return nn.Sequential(*layers, *([nn.BatchNorm1d(s["outputs"], affine=False)] if plain else []))


positions = torch.randn(1 + (side // s["patch"]) ** 2, 192) * 0.02
backbone, features = (Vit(), 192) if s["network"] == "vit-tiny" else resnet()
backbone = backbone.to(memory_format=torch.channels_last)
method = s["method"]
head = nn.Linear(features, s["classes"], bias=False) if method == "supervised" else mlp(features, method == "bam")
predictor = mlp(s["outputs"], False) if method == "byol" else nn.Identity()
network = nn.ModuleList([backbone, head, predictor])
target = [copy.deepcopy(part).requires_grad_(False) for part in (backbone, head)] if method == "byol" else []
optimiser = torch.optim.SGD(network.parameters(), lr=s["learningRate"], momentum=s["momentum"], fused=True)


def noise(count, size):
    return torch.randn(count * B, 3, size, size).contiguous(memory_format=torch.channels_last)


images = noise(1 if method == "supervised" else 2, side)
crops = noise(s["localViews"], side // 2) if method == "bam" else None
labels = torch.arange(B) % s["classes"]


def supervised():
    return F.cross_entropy(head(backbone(images)), labels)


def simclr():
    z = F.normalize(head(backbone(images)), dim=1)
    logits = (z @ z.T / s["temperature"]).masked_fill(torch.eye(2 * B, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(logits, torch.arange(2 * B).roll(B))


def byol():
    mine = [p for part in (backbone, head) for p in part.parameters()]
    theirs = [p for part in target for p in part.parameters()]
    with torch.no_grad():
        torch._foreach_lerp_(theirs, mine, 1 - s["teacherMomentum"])
        z = [target[1](target[0](view)) for view in images.split(B)]
    p = [predictor(head(backbone(view))) for view in images.split(B)]
    return sum(2 - 2 * F.cosine_similarity(p[i], z[1 - i]).mean() for i in (0, 1))


def bam():
    z = F.normalize(head(torch.cat([backbone(images), backbone(crops)])), dim=1)
    views = len(z) // B
    similarity = z @ z[: 2 * B].T
    mask = torch.eye(B, dtype=torch.bool).repeat(views, 2)
    with torch.no_grad():
        q = (similarity / s["reg"]).masked_fill(mask, -torch.inf)
        for _ in range(3):
            q = q - q.logsumexp(0, keepdim=True)
            q = q - q.logsumexp(1, keepdim=True)
        q = q[: 2 * B].exp().view(2, B, -1)
    log = (similarity / s["bamTemperature"]).masked_fill(mask, -torch.inf).log_softmax(1)
    log = log.masked_fill(mask, 0).view(views, B, -1)
    pairs = [-(q[g] * log[v]).sum(1).mean() for g in (0, 1) for v in range(views) if v != g]
    return sum(pairs) / len(pairs)


loss_of = {"supervised": supervised, "simclr": simclr, "byol": byol, "bam": bam}[method]


def step():
    optimiser.zero_grad(set_to_none=True)
    loss = loss_of()
    loss.backward()
    optimiser.step()
    return loss.item()


def timed(steps):
    times = []
    for _ in range(steps):
        start, start_cpu = time.perf_counter(), time.process_time()
        assert math.isfinite(step())
        times.append({"wall": time.perf_counter() - start, "cpu": time.process_time() - start_cpu})
    return times


def best_threads():
    """The number of threads, all cores or half, with which a step is fastest; in turns, since one hiccup would decide for good."""
    cores = torch.get_num_threads()
    walls = {cores: [], max(1, cores // 2): []}
    for _ in range(3):
        for threads, seen in walls.items():
            torch.set_num_threads(threads)
            warm_up()
            seen += [time["wall"] for time in timed(3)]
    return min(walls, key=lambda threads: min(walls[threads]))


def warm_up():
    """Two steps, and more for some seconds: the first steps are slower, PyTorch's by half."""
    start = time.perf_counter()
    timed(2)
    while time.perf_counter() - start < s["warmUpSeconds"]:
        timed(1)


torch.set_num_threads(best_threads())
warm_up()
print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads(), "base": base}), flush=True)
for line in sys.stdin:
    timed(1)  # caches and threads come back from waiting
    print(json.dumps({"times": timed(int(line)), "peak": memory("VmHWM")}), flush=True)
