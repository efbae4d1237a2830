"""ResNet-18 training step in PyTorch, channels-last; reads a number of steps a line, prints the time of each as JSON."""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

settings = json.loads(sys.argv[1])
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        hidden = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(hidden)) + self.shortcut(x))


width = settings["width"]
layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
inputs = width
for stage in range(4):
    for index in range(2):
        outputs = width * 2**stage
        layers.append(Block(inputs, outputs, 2 if stage > 0 and index == 0 else 1))
        inputs = outputs
network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                        nn.Linear(inputs, settings["classes"], bias=False))
network = network.to(memory_format=torch.channels_last)
side = settings["resolution"]
images = torch.randn(settings["batch"], 3, side, side).contiguous(memory_format=torch.channels_last)
labels = torch.arange(settings["batch"]) % settings["classes"]
optimiser = torch.optim.SGD(network.parameters(), lr=settings["learningRate"], momentum=settings["momentum"])


def step():
    optimiser.zero_grad(set_to_none=True)
    loss = functional.cross_entropy(network(images), labels)
    loss.backward()
    optimiser.step()
    return loss.item()


for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start, start_cpu = time.perf_counter(), time.process_time()
        step()
        times.append({"wall": time.perf_counter() - start, "cpu": time.process_time() - start_cpu})
    print(json.dumps(times), flush=True)
