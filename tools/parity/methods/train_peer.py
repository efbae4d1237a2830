"""One run of a method with PyTorch, torchvision and lightly: python train_peer.py run.json images.safetensors out.safetensors

View recipes, rates and momenta are those that run.json holds; nothing of the recipe is decided here. With `given`, the first weights are those of
another learner, and so are all views where that file has them; the training images are not looked at then.
"""

import copy
import json
import random
import sys
import time

import numpy
import torch
import torchvision.transforms as T
from lightly.loss import NegativeCosineSimilarity, NTXentLoss
from lightly.models.modules import heads
from lightly.models.utils import deactivate_requires_grad, update_momentum
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision.models import ResNet
from torchvision.models.resnet import BasicBlock

from bam_loss import bam_loss

run = json.load(open(sys.argv[1]))
data = load_file(sys.argv[2])
if run.get("double"):
    torch.set_default_dtype(torch.float64)
torch.manual_seed(run["seed"])
random.seed(run["seed"])
numpy.random.seed(run["seed"])


def backbone(width):
    """torchvision's ResNet-18 of another width with the CIFAR stem, drawn as torchvision draws it."""
    network = ResNet(BasicBlock, [2, 2, 2, 2])
    network.inplanes = width
    network.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
    network.bn1 = nn.BatchNorm2d(width)
    network.maxpool = nn.Identity()
    for stage in range(4):
        layer = network._make_layer(BasicBlock, width * 2**stage, 2, stride=1 if stage == 0 else 2)
        setattr(network, f"layer{stage + 1}", layer)
    network.fc = nn.Identity()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def transform(view):
    """The transforms of a view recipe, in torchvision's usual order."""
    crop, jitter, solarize = view["crop"], view["jitter"], view["solarize"]
    assert crop["interpolation"] == "bilinear" and view["blur"] is None
    steps = [
        T.RandomResizedCrop(view["size"], scale=crop["scale"], ratio=crop["ratio"]),
        T.RandomHorizontalFlip(view["flip"]),
        T.RandomApply(
            [T.ColorJitter(jitter["brightness"], jitter["contrast"], jitter["saturation"], jitter["hue"])],
            p=jitter["probability"],
        ),
        T.RandomGrayscale(view["grayscale"]),
    ]
    if solarize is not None:
        steps.append(T.RandomSolarize(round(255 * solarize["threshold"]), p=solarize["probability"]))
    return T.Compose([*steps, T.ToTensor(), normalise])


MODULES = {"backbone": "encoder", "projector": "head", "predictor": "predictor"}


def peer_name(name):
    """What PyTorch calls a weight of our learner."""
    module, rest = name.split(".", 1)
    return f"{MODULES[module]}.{rest}" if module == "backbone" else f"{MODULES[module]}.layers.{rest}"


def relaid(name, value, forward):
    """The same weight in the layout of the other side: our convolutions are [height, width, in, out], our linear layers [in, out]."""
    if name.endswith("weight") and value.ndim == 4:
        return value.permute(3, 2, 0, 1) if forward else value.permute(2, 3, 1, 0)
    return value.t() if name.endswith("weight") and value.ndim == 2 else value


def take(learner, initial):
    """Weights of our learner, in its names and layouts, for the first network; second networks become copies."""
    own = dict(learner.named_parameters())
    left = {name for name, value in own.items() if value.requires_grad}
    for name, value in initial.items():
        if name == "queue":
            learner.criterion.memory_bank.bank = value.to(torch.get_default_dtype())
            learner.criterion.memory_bank.bank_ptr = torch.zeros(1, dtype=torch.long)
            continue
        own[peer_name(name)].data.copy_(relaid(name, value, forward=True))
        left.remove(peer_name(name))
    assert not left, f"not given: {left}"
    for second in ("target", "key"):
        for part in ("encoder", "head"):
            if hasattr(learner, f"{second}_{part}"):
                getattr(learner, f"{second}_{part}").load_state_dict(getattr(learner, part).state_dict())


class SimClr(nn.Module):
    def __init__(self, features, options):
        super().__init__()
        self.encoder = backbone(run["width"])
        self.head = heads.SimCLRProjectionHead(features, options["hidden"], options["outputs"])
        self.criterion = NTXentLoss(temperature=options["temperature"])

    def loss(self, views, momentum):
        z = self.head(self.encoder(torch.cat(views)))  # one pass: batch statistics of both views together
        return self.criterion(*z.chunk(2))


class Bam(nn.Module):
    def __init__(self, features, options):
        super().__init__()
        self.encoder = backbone(run["width"])
        hidden, outputs = options["hidden"], options["outputs"]
        self.head = heads.ProjectionHead(
            [
                (features, hidden, nn.BatchNorm1d(hidden), nn.ReLU()),
                (hidden, outputs, nn.BatchNorm1d(outputs, affine=False), None),
            ]
        )
        self.options = options

    def loss(self, views, momentum):
        z = self.head(self.encoder(torch.cat(views))).chunk(2)
        return bam_loss(z, self.options["reg"], self.options["temperature"], self.options["iterations"])


class Byol(nn.Module):
    def __init__(self, features, options):
        super().__init__()
        self.encoder = backbone(run["width"])
        self.head = heads.BYOLProjectionHead(features, options["hidden"], options["outputs"])
        self.predictor = heads.BYOLPredictionHead(options["outputs"], options["hidden"], options["outputs"])
        self.target_encoder, self.target_head = copy.deepcopy(self.encoder), copy.deepcopy(self.head)
        deactivate_requires_grad(self.target_encoder)
        deactivate_requires_grad(self.target_head)
        self.criterion = NegativeCosineSimilarity()

    def loss(self, views, momentum):
        update_momentum(self.encoder, self.target_encoder, momentum)
        update_momentum(self.head, self.target_head, momentum)
        p = [self.predictor(self.head(self.encoder(view))) for view in views]
        with torch.no_grad():
            z = [self.target_head(self.target_encoder(view)) for view in views]
        # The paper's scale: 2 - 2 cos, both orders summed.
        return 4 + 2 * self.criterion(p[0], z[1]) + 2 * self.criterion(p[1], z[0])


class Moco(nn.Module):
    def __init__(self, features, options):
        super().__init__()
        self.encoder = backbone(run["width"])
        self.head = heads.MoCoProjectionHead(features, options["hidden"], options["outputs"])
        self.key_encoder, self.key_head = copy.deepcopy(self.encoder), copy.deepcopy(self.head)
        deactivate_requires_grad(self.key_encoder)
        deactivate_requires_grad(self.key_head)
        bank = (options["queue"], options["outputs"])
        self.criterion = NTXentLoss(temperature=options["temperature"], memory_bank_size=bank)

    def loss(self, views, momentum):
        update_momentum(self.encoder, self.key_encoder, momentum)
        update_momentum(self.head, self.key_head, momentum)
        with torch.no_grad():
            keys = self.key_head(self.key_encoder(views[1]))
        return self.criterion(self.head(self.encoder(views[0])), keys)


def features_of(network, images):
    """Pooled features of normalised images in evaluation mode."""
    network.eval()
    rows = []
    with torch.no_grad():
        for part in images.split(250):
            batch = torch.stack([normalise(T.functional.to_tensor(image).to(torch.get_default_dtype())) for image in part.numpy()])
            rows.append(network(batch.contiguous(memory_format=torch.channels_last)))
    return torch.cat(rows)


views, batch = run["views"], run["batch"]
normalise = T.Normalize(views[0]["normalize"]["mean"], views[0]["normalize"]["std"])
transforms = [transform(view) for view in views]
pictures = [Image.fromarray(image.numpy()) for image in data["train"]]
method = {"simclr": SimClr, "bam": Bam, "byol": Byol, "moco-v2": Moco}[run["method"]]
learner = method(8 * run["width"], run["options"]).to(memory_format=torch.channels_last)
given = load_file(run["given"]) if "given" in run else None
has_views = given is not None and "views.0" in given
if given is not None:
    take(learner, {name[8:]: value for name, value in given.items() if name.startswith("initial.")})
trained = [parameter for parameter in learner.parameters() if parameter.requires_grad]
optimiser = torch.optim.SGD(
    [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": run["weightDecay"]},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ],
    lr=0.0,
    momentum=run["sgdMomentum"],
)

started, losses = time.perf_counter(), []
steps = len(pictures) // batch
for step, (rate, momentum) in enumerate(zip(run["rates"], run["momenta"])):
    if step % steps == 0:
        order = torch.randperm(len(pictures))
        learner.train()
    chosen = order[step % steps * batch : (step % steps + 1) * batch].tolist()
    if not has_views:
        pair = [torch.stack([change(pictures[i]) for i in chosen]) for change in transforms]
    else:
        pair = list(given[f"views.{step}"].permute(0, 1, 4, 2, 3).to(torch.get_default_dtype()))
    loss = learner.loss([view.contiguous(memory_format=torch.channels_last) for view in pair], momentum)
    optimiser.zero_grad()
    loss.backward()
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()
    losses.append(loss.item())
    if (step + 1) % steps == 0:
        mean = sum(losses[-steps:]) / steps
        print(f"  epoch {(step + 1) // steps}: loss {mean:.4f}", file=sys.stderr, flush=True)
seconds = time.perf_counter() - started

result = {"losses": torch.tensor(losses).float(), "seconds": torch.tensor([seconds]).float()}
for part in ("test",) if has_views else ("train", "test"):
    result[part] = features_of(learner.encoder, data[part]).float()
if given is not None:
    own = dict(learner.named_parameters())
    for name in (name[8:] for name in given if name.startswith("initial.") and name != "initial.queue"):
        result[f"final.{name}"] = relaid(name, own[peer_name(name)].data, forward=False).contiguous().float()
save_file(result, sys.argv[3])
