"""Golden vectors of losses on random and adversarial inputs: python make_cases.py folder seed

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
        own = {
            key: value.to(precision).requires_grad_(key in wanted) if value.is_floating_point() else value
            for key, value in inputs.items()
        }
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
            key: {
                "dtype": "float32" if tensor.is_floating_point() else "int32",
                "shape": list(tensor.shape),
                "data": tensor.reshape(-1).tolist(),
            }
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


def one_hot_rows(n, k):
    return torch.nn.functional.one_hot(torch.arange(n) % k, k).float()


def dino_case(name, student, teacher, center, student_t, teacher_t):
    options = {"studentTemp": student_t, "teacherTemp": teacher_t, "centerMomentum": 0.9}

    def loss(student, teacher, center):
        target = F.softmax((teacher - center) / teacher_t, dim=-1).detach()
        log = F.log_softmax(student / student_t, dim=-1)
        terms = [
            -(target[g] * log[v]).sum(-1).mean() for g in range(len(teacher)) for v in range(len(student)) if v != g
        ]
        return sum(terms) / len(terms)

    case("dino", name, {"student": student, "teacher": teacher, "center": center}, options, loss, ["student"])


def ibot_patch_case(name, mask, k, scale, teacher_t):
    m, b = int(mask.sum()), len(mask)
    inputs = {"student": scale * draw(m, k), "teacher": scale * draw(m, k), "mask": mask, "center": draw(k)}
    options = {"studentTemp": 0.1, "teacherTemp": teacher_t, "centerMomentum": 0.9}

    def loss(student, teacher, mask, center):
        target = F.softmax((teacher - center) / teacher_t, dim=-1).detach()
        rows = -(target * F.log_softmax(student / 0.1, dim=-1)).sum(-1)
        weight = (1 / mask.flatten(1).sum(-1).clamp(min=1)).reshape(b, 1, 1).expand_as(mask)[mask.bool()]
        return (rows * weight).sum() / b

    case("ibotPatch", name, inputs, options, loss, ["student"])


def ibot_case(name, mask, change):
    g, b, n = mask.shape
    k, p, views = 5, 7, g + 1
    inputs = {
        "studentCls": change(draw(views, b, k)),
        "teacherCls": change(draw(g, b, k)),
        "studentPatch": change(draw(g, b, n, p)),
        "teacherPatch": change(draw(g, b, n, p)),
        "mask": mask,
        "center": draw(k),
        "centerPatch": draw(p),
    }
    options = {"studentTemp": 0.1, "teacherTemp": 0.04, "patchTeacherTemp": 0.07, "lambda1": 1.0, "lambda2": 0.5}
    options |= {"centerMomentum": 0.9, "centerMomentum2": 0.9}

    def loss(studentCls, teacherCls, studentPatch, teacherPatch, mask, center, centerPatch):
        target = F.softmax((teacherCls - center) / 0.04, dim=-1).detach()
        log = F.log_softmax(studentCls / 0.1, dim=-1)
        terms = [-(target[a] * log[v]).sum(-1).mean() for a in range(g) for v in range(views) if v != a]
        patch = F.softmax((teacherPatch - centerPatch) / 0.07, dim=-1).detach()
        rows = -(patch * F.log_softmax(studentPatch / 0.1, dim=-1)).sum(-1)
        masked = (rows * mask).sum(-1) / mask.sum(-1).clamp(min=1)
        return sum(terms) / len(terms) + 0.5 * masked.mean()

    case("ibot", name, inputs, options, loss, ["studentCls", "studentPatch"])


def sup_con_case(name, z, labels, temperature):
    b, v, _ = z.shape
    options = {"temperature": temperature, "baseTemperature": 0.07}

    def loss(z, labels):
        rows = F.normalize(z.reshape(b * v, -1), dim=1)
        own = labels.repeat_interleave(v)
        outside = torch.eye(b * v, dtype=torch.bool)
        logits = (rows @ rows.t() / temperature).masked_fill(outside, -torch.inf)
        log = logits.log_softmax(1).masked_fill(outside, 0)
        positive = (own[:, None] == own[None]).to(z.dtype).masked_fill(outside, 0)
        per = (log * positive).sum(1) / positive.sum(1).clamp(min=1)
        return -(temperature / 0.07) * per.mean()

    case("supCon", name, {"z": z, "labels": labels}, options, loss, ["z"])


def npid_case(name, n, k, d, mode, temperature, change):
    features = F.normalize(change(draw(3, d)), dim=1)
    memory = F.normalize(draw(n, d), dim=1)
    index = torch.randint(0, n, (3, k + 1), generator=generator)
    index[:, 1] = (index[:, 0] + 1) % n  # one negative at least is not the positive: equal terms cancel to their rounding
    y = index[:, 0].clone()
    options = {"temperature": temperature, "Z": -1, "momentum": 0.5, "mode": mode}

    def loss(features, memory, index, y):
        scores = torch.einsum("bkd,bd->bk", memory[index.long()], features) / temperature
        if mode == "softmax":
            return F.cross_entropy(scores, torch.zeros(3, dtype=torch.long))
        h = (scores - (torch.logsumexp(scores.detach().flatten(), 0) + math.log(n / scores.numel()))).exp()
        c = k / n
        positive = (h[:, 0] / (h[:, 0] + c + 1e-7)).log().sum()
        negative = (c / (h[:, 1:] + c + 1e-7)).log().sum()
        return -(positive + negative) / 3

    inputs = {"features": features, "memory": memory, "index": index, "y": y}
    case("npid", name, inputs, options, loss, ["features"])


def more_pairs(function, name, change, n, d):
    z1, z2 = change(draw(n, d)), change(draw(n, d))
    if function == "twist":
        for norm in (False, True) if n > 1 else (False,):
            options = {"lam1": 0.0, "lam2": 1.0, "eps": 1e-5, "batchNorm": norm}

            def loss(z1, z2):
                def scaled(z):
                    return (z - z.mean(0)) / torch.sqrt(z.var(0, unbiased=False) + 1e-5) if norm else z

                p, q = (F.softmax(scaled(z), dim=1) for z in (z1, z2))
                log = lambda x: torch.log(x + 1e-5)  # noqa: E731
                kl = 0.5 * ((p * (log(p) - log(q))).sum(1) + (q * (log(q) - log(p))).sum(1)).mean()
                entropy = -0.5 * ((p * log(p)).sum(1) + (q * log(q)).sum(1)).mean()
                of_mean = -0.5 * sum((m * log(m)).sum() for m in (p.mean(0), q.mean(0)))
                return kl + entropy - of_mean

            case(function, f"{name} norm={norm}", {"z1": z1, "z2": z2}, options, loss, ["z1", "z2"])
    if function == "nnclr":
        inputs = {"z1": z1, "z2": z2, "p1": change(draw(n, d)), "p2": change(draw(n, d))}
        for queue in (draw(1, d), draw(9, d)):
            for t in (0.1, 1e-3):

                def loss(z1, z2, p1, p2, queue):
                    def way(z, p):
                        near = queue[(F.normalize(z, dim=1) @ F.normalize(queue, dim=1).t()).argmax(1)]
                        logits = F.normalize(near, dim=1) @ F.normalize(p, dim=1).t() / t
                        return F.cross_entropy(logits, torch.arange(n))

                    return 0.5 * (way(z1.detach(), p2) + way(z2.detach(), p1))

                named = f"{name} K={len(queue)} T={t}"
                case(function, named, inputs | {"queue": queue}, {"temperature": t}, loss, ["p1", "p2"])
    if function == "denseCl":
        s, k = 3, 4
        inputs = {
            "q": z1,
            "k": z2,
            "qGrid": change(draw(n * s, d)).reshape(n, s, d),
            "kGrid": change(draw(n * s, d)).reshape(n, s, d),
            "qBackbone": draw(n, s, 5),
            "kBackbone": draw(n, s, 5),
            "queue": F.normalize(draw(k, d), dim=1),
            "queueDense": F.normalize(draw(k + 1, d), dim=1),
        }
        for t in (0.2, 1e-3):

            def loss(q, k, qGrid, kGrid, qBackbone, kBackbone, queue, queueDense):
                def nce(q, k, queue):
                    q, k = F.normalize(q, dim=1), F.normalize(k.detach(), dim=1)
                    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.t()], 1) / t
                    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))

                unit = [F.normalize(x, dim=2) for x in (qBackbone, kBackbone)]
                match = (unit[0] @ unit[1].transpose(1, 2)).argmax(2)
                matched = kGrid.gather(1, match[..., None].expand(-1, -1, d))
                return 0.5 * nce(q, k, queue) + 0.5 * nce(qGrid.reshape(n * s, d), matched.reshape(n * s, d), queueDense)

            options = {"temperature": t, "lambda": 0.5}
            case(function, f"{name} T={t}", inputs, options, loss, ["q", "qGrid"])
    if function == "attentionCosine":
        maps, masks = z1.reshape(n, 1, d), (z2.reshape(n, 1, d) > 0).float()
        for over in ("batch", "image"):
            for kind, mask in {"": masks, ", empty masks": 0 * masks, ", full masks": 0 * masks + 1}.items():

                def loss(map, mask):
                    rows = 1 if over == "batch" else n
                    return 1 - F.cosine_similarity(map.reshape(rows, -1), mask.reshape(rows, -1), dim=1).mean()

                both = {"map": maps, "mask": mask}
                case(function, f"{name} {over}{kind}", both, {"over": over}, loss, ["map"])
    if function == "pixPro":
        side = 2
        q, k = (change(draw(n * side * side, d)).reshape(n, side, side, d) for _ in range(2))
        corner = torch.rand(n, 4, generator=generator)
        crops = [torch.cat([c[:, :2] * 0.4, c[:, :2] * 0.4 + 0.2 + c[:, 2:] * 0.4], 1) for c in (corner, corner.flip(0))]
        apart = torch.tensor([[0.0, 0.0, 0.1, 0.1]]).expand(n, 4).contiguous(), torch.tensor([[0.9, 0.9, 1.0, 1.0]]).expand(n, 4).contiguous()
        for kind, (a, b) in {"": crops, ", no overlap": apart}.items():

            def loss(q, k, coordQ, coordK):
                def cells(c):
                    w, h = (c[:, 2] - c[:, 0]) / side, (c[:, 3] - c[:, 1]) / side
                    at = torch.arange(side, dtype=c.dtype) + 0.5
                    x = (at[None, None, :] * w[:, None, None] + c[:, 0, None, None]).expand(-1, side, -1).reshape(len(c), -1)
                    y = (at[None, :, None] * h[:, None, None] + c[:, 1, None, None]).expand(-1, -1, side).reshape(len(c), -1)
                    return x, y, (w**2 + h**2).sqrt()

                (qx, qy, qd), (kx, ky, kd) = cells(coordQ), cells(coordK)
                distance = ((qx[:, :, None] - kx[:, None]) ** 2 + (qy[:, :, None] - ky[:, None]) ** 2).sqrt()
                pair = (distance / torch.maximum(qd, kd)[:, None, None] < 0.7).to(q.dtype)
                cosine = F.normalize(q.reshape(n, -1, d), dim=2) @ F.normalize(k.reshape(n, -1, d), dim=2).transpose(1, 2)
                return -2 * ((cosine * pair).sum((1, 2)) / (pair.sum((1, 2)) + 1e-6)).mean()

            inputs = {"q": q, "k": k, "coordQ": a, "coordK": b}
            case(function, f"{name}{kind}", inputs, {"posRatio": 0.7}, loss, ["q"])
    if function == "dino":
        for views, images in ((2, n), (5, n)):
            student = torch.stack([change(draw(images, d)) for _ in range(views)])
            teacher = torch.stack([change(draw(images, d)) for _ in range(2)])
            for teacher_t in (0.04, 1e-3):
                dino_case(f"{name} V={views} Tt={teacher_t}", student, teacher, draw(d), 0.1, teacher_t)
    if function == "supCon":
        for views in (1, 2, 3):
            if n * views < 2:
                continue
            z = torch.stack([change(draw(n, d)) for _ in range(views)], 1)
            for kind, labels in {"own classes": torch.arange(n), "one class": torch.zeros(n), "two": torch.arange(n) % 2}.items():
                for t in (0.07, 1e-3):
                    sup_con_case(f"{name} V={views} {kind} T={t}", z, labels.int(), t)
    if function == "ibot" and n < 7:
        for kind, mask in {
            "some": (draw(2, n, d) > 0).float(),
            "none": torch.zeros(2, n, d),
            "all": torch.ones(2, n, d),
            "a whole image and none": one_hot_rows(n, 2)[None, :, :1].expand(2, n, d).contiguous(),
        }.items():
            ibot_case(f"{name} masked: {kind}", mask, change)


SHAPES = [(1, 4), (2, 2), (2, 5), (5, 3), (7, 16)]
for function in ("ntXent", "mocoInfoNce", "mocoV3", "simSiam", "byol", "msn", "swav"):
    with_kinds(function, SHAPES, pairs)
for function in ("dcl", "dclw", "barlowTwins", "vicReg", "bam"):
    with_kinds(function, SHAPES[1:], pairs)

for function in ("dino", "supCon", "nnclr", "denseCl", "attentionCosine", "pixPro", "twist", "ibot"):
    with_kinds(function, SHAPES, more_pairs)
for b, h, w, k in [(1, 1, 1, 2), (2, 3, 2, 5), (3, 2, 2, 1), (4, 3, 3, 17)]:
    for kind, mask in {
        "some": (draw(b, h, w) > 0.3).float(),
        "all": torch.ones(b, h, w),
        "one image": torch.eye(b)[0].reshape(b, 1, 1).expand(b, h, w).contiguous(),
    }.items():
        if mask.sum() > 0:
            for scale in (1, 1e4):
                for t in (0.04, 1e-3):
                    ibot_patch_case(f"{b}x{h}x{w} K={k} {kind} scale={scale} Tt={t}", mask, k, scale, t)
for mode in ("nce", "softmax"):
    for n, k, d in [(3, 1, 3), (5, 2, 4), (9, 12, 7)]:
        for t in (0.07, 0.01):
            for kind, change in KINDS.items():
                npid_case(f"{kind} N={n} K={k} {mode} T={t}", n, k, d, mode, t, change)

for function, cases in files.items():
    text = json.dumps({"function": function, "peer": "lightly 1.6.0 or PyTorch, live", "formula": "", "cases": cases})
    (folder / f"{function}.json").write_text(text)
print(f"{sum(len(cases) for cases in files.values())} cases of {len(files)} losses")
