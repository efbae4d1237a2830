"""Golden-format cases from PyTorch on random and adversarial inputs: make_torch_cases.py FOLDER SEED."""

import json
import sys
from pathlib import Path

import numpy as np
import torch

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(seed)


def tensor(values):
    array = np.asarray(values)
    kind = "int32" if array.dtype.kind in "iub" else "float32"
    entry = {"dtype": kind, "shape": list(array.shape), "data": array.ravel().tolist()}
    return {**entry, "atol": 1e-9} if kind == "float32" else entry


def case(name, inputs, outputs, options):
    return {
        "name": name,
        "inputs": {key: tensor(value) for key, value in inputs.items()},
        "options": options,
        "outputs": {key: tensor(value) for key, value in outputs.items()},
    }


def write(function, cases):
    text = json.dumps({"function": function, "peer": f"torch {torch.__version__}", "formula": "live", "cases": cases})
    (folder / f"{function}.json").write_text(text)


def float32(array):
    return np.asarray(array, np.float32).astype(np.float64)


def knn():
    """matmul and topk in double precision, votes by scatter_add, as the method repositories have it."""
    cases = []
    for name, n, m, d, c, k, temperature in [
        ("random", 4000, 150, 64, 10, 20, 0.07),
        ("k 200, InsDis", 2000, 100, 32, 12, 200, 0.07),
        ("sharp temperature", 500, 60, 16, 4, 10, 0.02),
        ("one query", 300, 1, 8, 3, 5, 0.1),
        ("a class that no neighbour has", 200, 40, 8, 30, 3, 0.07),
        ("nearly collapsed", 1500, 80, 16, 5, 20, 0.07),
    ]:
        centre = 1.0 if name == "nearly collapsed" else 0.0
        spread = 1e-3 if name == "nearly collapsed" else 1.0
        train, test = (float32(centre + spread * rng.normal(size=(rows, d))) for rows in (n, m))
        labels, truth = np.arange(n) % c, rng.integers(0, c, m)
        bank, queries = (torch.nn.functional.normalize(torch.from_numpy(x), dim=1) for x in (train, test))
        similarity, nearest = (queries @ bank.T).topk(k, dim=1)
        scores = torch.zeros(m, c, dtype=torch.float64)
        scores.scatter_add_(1, torch.from_numpy(labels)[nearest], (similarity / temperature).exp())
        predictions = scores.argmax(1).numpy()
        inputs = {"trainFeatures": train, "trainLabels": labels, "testFeatures": test, "testLabels": truth}
        outputs = {"predictions": predictions, "top1": 100 * (predictions == truth).mean()}
        cases.append(case(name, inputs, outputs, {"k": k, "temperature": temperature, "numClasses": c}))
    write("knnClassify", cases)


def classification():
    """Top-k accuracy by topk, confusion by bincount."""
    cases = []
    for name, n, c in [("random", 300, 20), ("one sample", 1, 6), ("absent classes", 8, 50)]:
        logits, labels = torch.from_numpy(float32(rng.normal(size=(n, c)))), torch.from_numpy(rng.integers(0, c, n))
        predictions = logits.argmax(1)
        confusion = torch.bincount(labels * c + predictions, minlength=c * c).reshape(c, c)
        top5 = (logits.topk(5, dim=1).indices == labels[:, None]).any(1).double().mean()
        outputs = {
            "predictions": predictions.numpy(),
            "top1": (predictions == labels).double().mean().numpy(),
            "top5": top5.numpy(),
            "confusion": confusion.numpy(),
        }
        cases.append(case(name, {"logits": logits.numpy(), "labels": labels.numpy()}, outputs, {"numClasses": c}))
    write("classificationMetrics", cases)


def torchmetrics_cases():
    """Scores of torchmetrics, where it is installed beside torch."""
    try:
        from torchmetrics.functional import average_precision, jaccard_index
    except ImportError:
        return
    cases = []
    for name, shape, classes in [("random", (2, 30, 30), 7), ("absent classes", (1, 4, 4), 30)]:
        target, prediction = rng.integers(0, classes, shape), rng.integers(0, classes, shape)
        iou = jaccard_index(torch.from_numpy(prediction), torch.from_numpy(target), "multiclass", num_classes=classes, average="none")
        inputs = {"prediction": prediction, "target": target}
        cases.append(case(name, inputs, {"pixelAccuracy": (target == prediction).mean()}, {"numClasses": classes, "ignoreIndex": None}))
        present = np.union1d(target, prediction)
        cases[-1]["outputs"]["miou"] = {**tensor(iou.double().numpy()[present].mean()), "atol": 1e-6}
    write("segmentationIoU", cases)
    cases = []
    for name, scores, labels in [
        ("random", rng.normal(size=400), rng.random(400) < 0.2),
        ("heavy ties", rng.integers(0, 4, 200), rng.random(200) < 0.4),
        ("all equal scores", np.zeros(40), np.arange(40) % 3 == 0),
    ]:
        # Logits are squashed by torchmetrics; ranks, and so the score, stay.
        squashed = 1 / (1 + np.exp(-float32(scores)))
        value = average_precision(torch.from_numpy(squashed), torch.from_numpy(labels.astype(np.int64)), "binary")
        cases.append(case(name, {"scores": float32(scores), "labels": labels.astype(int)}, {}, {}))
        cases[-1]["outputs"]["nonInterpolated"] = {**tensor(float(value)), "atol": 1e-6}
    write("averagePrecision", cases)


for make in [knn, classification, torchmetrics_cases]:
    make()
