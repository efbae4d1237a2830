"""Golden-format cases from PyTorch and torchmetrics on random and adversarial inputs: make_torch_cases.py FOLDER SEED."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torchmetrics
from torchmetrics.detection import MeanAveragePrecision
from torchmetrics.functional import average_precision, jaccard_index
from torchmetrics.functional import classification as scores_of
from torchmetrics.functional import clustering as clusters_of

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(seed)


def tensor(values):
    array = np.asarray(values)
    kind = "uint8" if array.dtype == np.uint8 else "int32" if array.dtype.kind in "iub" else "float32"
    entry = {"dtype": kind, "shape": list(array.shape), "data": array.ravel().tolist()}
    return {**entry, "atol": 1e-9} if kind == "float32" else entry


def case(name, inputs, outputs, options):
    return {
        "name": name,
        "inputs": {key: tensor(value) for key, value in inputs.items()},
        "options": options,
        "outputs": {key: tensor(value) for key, value in outputs.items()},
    }


written = {}


def write(function, cases, peer=f"torch {torch.__version__}"):
    """A function may have cases of PyTorch and of torchmetrics; they stand in one file."""
    entry = written.setdefault(function, {"function": function, "peer": peer, "formula": "live", "cases": []})
    entry["cases"] += cases


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


TORCHMETRICS = f"torchmetrics {torchmetrics.__version__}"


def single(case, atol=1e-6):
    """torchmetrics sums in float32."""
    for output in case["outputs"].values():
        if output["dtype"] == "float32":
            output["atol"] = atol
    return case


def metrics_classification():
    cases = []
    for name, logits, labels in [
        ("random", rng.normal(size=(300, 12)), rng.integers(0, 12, 300)),
        ("one sample", rng.normal(size=(1, 4)), np.array([2])),
        ("absent classes", rng.normal(size=(9, 30)), rng.integers(0, 30, 9)),
        ("one class predicted", np.tile([3.0, 1.0, 2.0], (20, 1)), np.arange(20) % 3),
    ]:
        logits, c = float32(logits), logits.shape[1]
        args = torch.from_numpy(logits.argmax(1)), torch.from_numpy(labels)
        outputs = {
            "top1": scores_of.multiclass_accuracy(*args, num_classes=c, average="micro"),
            "confusion": scores_of.multiclass_confusion_matrix(*args, num_classes=c),
            "macroF1": scores_of.multiclass_f1_score(*args, num_classes=c, average="macro"),
        }
        if len(np.unique(labels)) == c:
            outputs["balancedAccuracy"] = scores_of.multiclass_recall(*args, num_classes=c, average="macro")
        if c > 5 and len(labels) > 1:
            scores = torch.from_numpy(logits)
            outputs["top5"] = scores_of.multiclass_accuracy(scores, args[1], num_classes=c, average="micro", top_k=5)
        outputs = {key: value.numpy() for key, value in outputs.items()}
        cases.append(single(case(f"torchmetrics: {name}", {"logits": logits, "labels": labels}, outputs, {"numClasses": c})))
    write("classificationMetrics", cases, TORCHMETRICS)


def metrics_segmentation():
    cases = []
    for name, shape, classes in [("random", (2, 30, 30), 7), ("absent classes", (1, 4, 4), 30), ("one pixel", (1, 1, 1), 3)]:
        target, prediction = rng.integers(0, classes, shape), rng.integers(0, classes, shape)
        iou = jaccard_index(torch.from_numpy(prediction), torch.from_numpy(target), "multiclass", num_classes=classes, average="none")
        present = np.union1d(target, prediction)
        outputs = {"pixelAccuracy": (target == prediction).mean(), "miou": iou.double().numpy()[present].mean()}
        inputs = {"prediction": prediction, "target": target}
        cases.append(single(case(name, inputs, outputs, {"numClasses": classes, "ignoreIndex": None})))
    write("segmentationIoU", cases, TORCHMETRICS)


def metrics_average_precision():
    cases = []
    for name, scores, labels in [
        ("random", rng.normal(size=400), rng.random(400) < 0.2),
        ("heavy ties", rng.integers(0, 4, 200), rng.random(200) < 0.4),
        ("all equal scores", np.zeros(40), np.arange(40) % 3 == 0),
        ("one sample", np.ones(1), np.ones(1)),
        ("one positive last", -np.arange(40) / 9, np.arange(40) == 39),
    ]:
        # Logits are squashed by torchmetrics; ranks, and so the score, stay.
        squashed = 1 / (1 + np.exp(-float32(scores)))
        value = average_precision(torch.from_numpy(squashed), torch.from_numpy(labels.astype(np.int64)), "binary")
        inputs = {"scores": float32(scores), "labels": labels.astype(int)}
        cases.append(single(case(name, inputs, {"nonInterpolated": float(value)}, {})))
    write("averagePrecision", cases, TORCHMETRICS)


def metrics_clustering():
    cases = []
    for name, labels, clusters in [
        ("random", rng.integers(0, 6, 500), rng.integers(0, 9, 500)),
        ("agreeing", np.arange(300) % 7, (np.arange(300) % 7 + (rng.random(300) < 0.2)) % 7),
    ]:
        args = torch.from_numpy(clusters), torch.from_numpy(labels)
        outputs = {
            "nmi": clusters_of.normalized_mutual_info_score(*args),
            "ami": clusters_of.adjusted_mutual_info_score(*args),
            "ari": clusters_of.adjusted_rand_score(*args),
            "homogeneity": clusters_of.homogeneity_score(*args),
            "completeness": clusters_of.completeness_score(*args),
        }
        outputs = {key: value.numpy() for key, value in outputs.items()}
        cases.append(single(case(f"torchmetrics: {name}", {"labels": labels, "clusters": clusters}, outputs, {}), 1e-4))
    write("clusteringMetrics", cases, TORCHMETRICS)


def average_precision_meter(kind):
    """Its default thresholds are float32 numbers; these are those of COCO."""
    steps = {"iou_thresholds": np.linspace(0.5, 0.95, 10).tolist(), "rec_thresholds": np.linspace(0, 1, 101).tolist()}
    metric = MeanAveragePrecision(box_format="xywh", iou_type=kind, **steps)
    metric.warn_on_many_detections = False
    return metric


def metrics_detection():
    """Boxes as (x, y, width, height), classes and images from 0; images without truth or detections among them."""
    cases = []
    for name, images, classes, truths, found, decimals in [
        ("random", 12, 4, 50, 150, 6),
        ("tied scores", 6, 2, 30, 80, 1),
        ("a class and images without truth", 10, 6, 5, 40, 6),
    ]:
        draw = lambda n: float32(np.concatenate([rng.uniform(0, 200, (n, 2)), rng.uniform(10, 90, (n, 2))], 1))
        gt_boxes, gt_image, gt_class = draw(truths), rng.integers(0, images, truths), rng.integers(0, classes, truths)
        source = rng.integers(0, truths, found)
        dt_boxes = float32(np.abs(gt_boxes[source] + rng.normal(0, 8, (found, 4))) + 1)
        dt_image, dt_class = gt_image[source], gt_class[source]
        dt_class = np.where(rng.random(found) < 0.2, rng.integers(0, classes, found), dt_class)
        scores = float32(rng.random(found).round(decimals))
        as_tensor = lambda rows, kind: torch.from_numpy(np.asarray(rows, kind))
        metric = average_precision_meter("bbox")
        metric.update(
            [{"boxes": as_tensor(dt_boxes[dt_image == i], np.float64), "scores": as_tensor(scores[dt_image == i], np.float64),
              "labels": as_tensor(dt_class[dt_image == i], np.int64)} for i in range(images)],
            [{"boxes": as_tensor(gt_boxes[gt_image == i], np.float64), "labels": as_tensor(gt_class[gt_image == i], np.int64)}
             for i in range(images)],
        )
        value = metric.compute()
        keys = {"AP": "map", "AP50": "map_50", "AP75": "map_75", "AR1": "mar_1", "AR10": "mar_10", "AR100": "mar_100"}
        outputs = {key: float(value[theirs]) for key, theirs in keys.items()}
        inputs = {
            "gtBoxes": gt_boxes, "gtImage": gt_image, "gtClass": gt_class,
            "dtBoxes": dt_boxes, "dtScores": scores, "dtImage": dt_image, "dtClass": dt_class,
        }
        cases.append(single(case(name, inputs, outputs, {"numImages": images, "numClasses": classes})))
    write("cocoDetectionAp", cases, TORCHMETRICS)


def metrics_masks():
    cases = []
    for name, images, classes, truths, found, decimals in [("random", 8, 3, 24, 60, 6), ("tied scores", 4, 2, 12, 40, 1)]:
        blob = lambda n: rng.random((n, 5, 6)).repeat(4, 1).repeat(4, 2)
        gt_masks, gt_image, gt_class = blob(truths) < 0.4, rng.integers(0, images, truths), rng.integers(0, classes, truths)
        source = rng.integers(0, truths, found)
        dt_masks = gt_masks[source] ^ (blob(found) < 0.12)
        dt_image, dt_class = gt_image[source], gt_class[source]
        scores = float32(rng.random(found).round(decimals))
        as_tensor = lambda rows, kind: torch.from_numpy(np.asarray(rows, kind))
        metric = average_precision_meter("segm")
        metric.update(
            [{"masks": as_tensor(dt_masks[dt_image == i], bool), "scores": as_tensor(scores[dt_image == i], np.float64),
              "labels": as_tensor(dt_class[dt_image == i], np.int64)} for i in range(images)],
            [{"masks": as_tensor(gt_masks[gt_image == i], bool), "labels": as_tensor(gt_class[gt_image == i], np.int64)}
             for i in range(images)],
        )
        value = metric.compute()
        keys = {"AP": "map", "AP50": "map_50", "AP75": "map_75", "AR1": "mar_1", "AR10": "mar_10", "AR100": "mar_100"}
        outputs = {key: float(value[theirs]) for key, theirs in keys.items()}
        inputs = {
            "gtMasks": gt_masks.astype(np.uint8), "gtImage": gt_image, "gtClass": gt_class,
            "dtMasks": dt_masks.astype(np.uint8), "dtScores": scores, "dtImage": dt_image, "dtClass": dt_class,
        }
        cases.append(single(case(name, inputs, outputs, {"numImages": images, "numClasses": classes})))
    write("cocoMaskAp", cases, TORCHMETRICS)


def metrics_calibration():
    cases = []
    for name, n, c, bins in [("random", 500, 6, 15), ("one sample", 1, 3, 10), ("certain and wrong", 12, 2, 15)]:
        logits = 40.0 * np.eye(2)[np.zeros(n, int)] if n == 12 else 2 * rng.normal(size=(n, c))
        probabilities = torch.softmax(torch.from_numpy(logits), 1).float()
        labels = np.ones(n, int) if n == 12 else rng.integers(0, c, n)
        value = scores_of.multiclass_calibration_error(probabilities, torch.from_numpy(labels), num_classes=c, n_bins=bins, norm="l1")
        inputs = {"probabilities": probabilities.numpy(), "labels": labels}
        cases.append(single(case(name, inputs, {"ece": float(value)}, {"bins": bins})))
    write("expectedCalibrationError", cases, TORCHMETRICS)


for make in [
    knn, classification, metrics_classification, metrics_segmentation, metrics_average_precision, metrics_clustering, metrics_detection,
    metrics_masks, metrics_calibration,
]:
    make()
for function, entry in written.items():
    (folder / f"{function}.json").write_text(json.dumps(entry))
