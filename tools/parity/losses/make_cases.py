"""Golden vectors of lightly's losses on random and adversarial inputs: python make_cases.py folder seed

Computed in double precision from float32 inputs; the tolerance of each number is a float32 rounding of its size plus five times the peer's own
float32 error in any of the case's gradients. Losses that lightly lacks are written out with PyTorch's functions.
"""

import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from lightly.loss import (
    BarlowTwinsLoss,
    DCLLoss,
    DCLWLoss,
    MSNLoss,
    NegativeCosineSimilarity,
    NTXentLoss,
    SwaVLoss,
    VICRegLoss,
)

sys.path.insert(0, str(Path(__file__).parent.parent / "methods"))
from bam_loss import bam_loss  # noqa: E402

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
generator = torch.Generator().manual_seed(seed)
files = {}

KINDS = {
    "random": lambda z: z,
    "huge": lambda z: 1e4 * z,
    "tiny": lambda z: 1e-4 * z,
    "a zero row": lambda z: torch.cat([torch.zeros_like(z[:1]), z[1:]]),
    "all rows alike": lambda z: z[:1].expand_as(z).contiguous(),
    "nearly alike": lambda z: z[:1] + 1e-3 * z,
}


def draw(*shape):
    return torch.randn(*shape, generator=generator)


def packed(value, double, single):
    """A tensor of the file format, with its tolerance."""
    value = value.detach().reshape(-1)
    entry = {"dtype": "float32", "shape": list(double.shape), "data": [float(f"{v:.9g}") for v in value.tolist()]}
    largest = value.abs().max().item() if value.numel() else 0.0
    error = (single.detach().double().reshape(-1) - value).abs().max().item() if value.numel() else 0.0
    entry["atol"] = 2e-6 * largest + (5 * error if math.isfinite(error) else 0.0)
    return entry


def case(function, name, inputs, options, loss, wanted):
    """One case: loss in both precisions, and gradients of the inputs named in `wanted`."""
    results = []
    for precision in (torch.float64, torch.float32):
        own = {key: value.to(precision).requires_grad_(key in wanted) for key, value in inputs.items()}
        value = loss(**own)
        gradients = torch.autograd.grad(value, [own[key] for key in wanted], allow_unused=True)
        results.append((value, [torch.zeros_like(own[k]) if g is None else g for k, g in zip(wanted, gradients)]))
    (value, gradients), (value32, gradients32) = results
    if not all(torch.isfinite(t).all() for t in [value, *gradients]):
        return
    output = packed(value, value, value32)
    output["atol"] += 1e-6
    entry = {
        "name": name,
        "inputs": {
            key: {"dtype": "float32", "shape": list(tensor.shape), "data": tensor.reshape(-1).tolist()}
            for key, tensor in inputs.items()
        },
        "options": options,
        "outputs": {"loss": output},
        "gradients": {},
    }
    for key, gradient, gradient32 in zip(wanted, gradients, gradients32):
        entry["gradients"][key] = packed(gradient, gradient, gradient32)
    # The inputs of a loss share its rounding; where one comes out exactly by luck, the others tell.
    atol = 1e-7 + max((gradient["atol"] for gradient in entry["gradients"].values()), default=0.0)
    for gradient in entry["gradients"].values():
        gradient["atol"] = atol
    files.setdefault(function, []).append(entry)


def moco_v3(temperature):
    def one(q, k):
        logits = F.normalize(q, dim=1) @ F.normalize(k, dim=1).t() / temperature
        return 2 * temperature * F.cross_entropy(logits, torch.arange(len(q)))

    return lambda q1, q2, k1, k2: one(q1, k2) + one(q2, k1)


def moco(temperature):
    def loss(query, key, queue):
        criterion = NTXentLoss(temperature=temperature, memory_bank_size=tuple(queue.shape))
        criterion.memory_bank.bank = queue.clone()
        criterion.memory_bank.bank_ptr = torch.zeros(1, dtype=torch.long)
        return criterion(query, key)

    return loss


def with_kinds(function, shapes, make):
    for n, d in shapes:
        for kind, change in KINDS.items():
            make(function, f"{kind}, N={n} D={d}", change, n, d)


def pairs(function, name, change, n, d):
    z1, z2 = change(draw(n, d)), change(draw(n, d))
    both = {"z1": z1, "z2": z2}
    if function == "ntXent":
        for t in (0.5, 0.07, 0.01):
            options = {"temperature": t}
            case(function, f"{name} T={t}", both, options, lambda z1, z2: NTXentLoss(t)(z1, z2), ["z1", "z2"])
    if function == "dcl":
        for t in (0.1, 0.01):
            case(function, f"{name} T={t}", both, {"temperature": t}, lambda z1, z2: DCLLoss(t)(z1, z2), ["z1", "z2"])
    if function == "dclw":
        options = {"temperature": 0.1, "sigma": 0.5}
        case(function, name, both, options, lambda z1, z2: DCLWLoss(0.1, 0.5)(z1, z2), ["z1", "z2"])
    if function == "barlowTwins":
        case(function, name, both, {"lambda": 0.005}, lambda z1, z2: BarlowTwinsLoss(0.005)(z1, z2), ["z1", "z2"])
    if function == "vicReg":
        options = {"sim": 25.0, "var": 25.0, "cov": 1.0}
        case(function, name, both, options, lambda z1, z2: VICRegLoss()(z1, z2), ["z1", "z2"])
    if function in ("simSiam", "byol"):
        four = both | {"p1": change(draw(n, d)), "p2": change(draw(n, d))}
        cosine = NegativeCosineSimilarity()
        half = {
            "simSiam": lambda p1, p2, z1, z2: (cosine(p1, z2) + cosine(p2, z1)) / 2,
            "byol": lambda p1, p2, z1, z2: 4 + 2 * cosine(p1, z2) + 2 * cosine(p2, z1),
        }[function]
        case(function, name, four, {}, half, ["p1", "p2"])
    if function == "mocoInfoNce":
        three = {"query": z1, "key": z2, "queue": F.normalize(draw(9, d), dim=1)}
        for t in (0.2, 0.01):
            case(function, f"{name} T={t}", three, {"temperature": t}, moco(t), ["query"])
    if function == "mocoV3":
        four = {"q1": z1, "q2": z2, "k1": change(draw(n, d)), "k2": change(draw(n, d))}
        for t in (1.0, 0.02):
            case(function, f"{name} T={t}", four, {"temperature": t}, moco_v3(t), ["q1", "q2"])
    if function == "msn":
        three = {"anchors": torch.cat([z1, change(draw(n, d))]), "targets": z2, "prototypes": draw(5, d)}
        options = {
            "temperature": 0.1,
            "sinkhornIterations": 0,
            "regularizationWeight": 1.0,
            "targetSharpenTemperature": 0.25,
        }
        criterion = MSNLoss(temperature=0.1, sinkhorn_iterations=0, regularization_weight=1.0)
        loss = lambda anchors, targets, prototypes: criterion(anchors, targets, prototypes, 0.25)  # noqa: E731
        case(function, name, three, options, loss, ["anchors", "prototypes"])
    if function == "swav":
        scores = torch.stack([z1, z2, change(draw(n, d))])
        for t in (0.1, 1.0):
            options = {"temperature": t, "epsilon": 0.05, "iterations": 3, "assignViews": [0, 1]}
            criterion = SwaVLoss(temperature=t, sinkhorn_iterations=3, sinkhorn_epsilon=0.05)
            loss = lambda scores: criterion([scores[0], scores[1]], [scores[2]]).reshape(())  # noqa: E731
            case(function, f"{name} T={t}", {"scores": scores}, options, loss, ["scores"])
    if function == "bam":
        student = torch.stack([z1, z2])
        for reg in (0.05, 0.5):
            options = {
                "reg": reg,
                "temperature": 0.1,
                "sinkhornIterations": 3,
                "topK": 0,
                "positiveMasking": True,
                "globalCrops": 2,
                "targetCrops": 2,
            }
            loss = lambda student: bam_loss(list(student), reg, 0.1, 3)  # noqa: E731
            case(function, f"{name} eps={reg}", {"student": student}, options, loss, ["student"])


SHAPES = [(1, 4), (2, 2), (2, 5), (5, 3), (7, 16)]
for function in ("ntXent", "mocoInfoNce", "mocoV3", "simSiam", "byol", "msn", "swav"):
    with_kinds(function, SHAPES, pairs)
for function in ("dcl", "dclw", "barlowTwins", "vicReg", "bam"):
    with_kinds(function, SHAPES[1:], pairs)

for function, cases in files.items():
    text = json.dumps({"function": function, "peer": "lightly 1.6.0 or PyTorch, live", "formula": "", "cases": cases})
    (folder / f"{function}.json").write_text(text)
print(f"{sum(len(cases) for cases in files.values())} cases of {len(files)} losses")
