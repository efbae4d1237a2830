"""Golden-format cases from the peers themselves, on random and adversarial inputs: make_cases.py FOLDER SEED."""

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from py_sod_metrics import MAE, Emeasure, Fmeasure, Smeasure, WeightedFmeasure
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy import stats
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(seed)
warnings.simplefilter("ignore")


def tensor(values, atol=None):
    array = np.asarray(values)
    if array.dtype == np.uint8:
        dtype = "uint8"
    elif array.dtype.kind in "iub":
        dtype = "int32"
    else:
        dtype = "float32"
    data = array.ravel().tolist()
    result = {"dtype": dtype, "shape": list(array.shape), "data": data}
    if atol is not None and dtype == "float32":
        result["atol"] = atol
    return result


def case(name, inputs, outputs, options=None, atol=1e-9):
    return {
        "name": name,
        "inputs": {key: tensor(value) for key, value in inputs.items()},
        "options": options or {},
        "outputs": {key: tensor(value, atol) for key, value in outputs.items()},
    }


def write(function, peer, cases):
    text = json.dumps({"function": function, "peer": peer, "formula": "live", "cases": cases})
    (folder / f"{function}.json").write_text(text)


def float32(array):
    """What float32 holds, as double: both sides start from the same numbers."""
    return np.asarray(array, np.float32).astype(np.float64)


def average_precision():
    inputs = {
        "random": (rng.normal(size=500), rng.random(500) < 0.1),
        "heavy ties": (rng.integers(0, 4, 300), rng.random(300) < 0.3),
        "all equal scores": (np.zeros(50), rng.random(50) < 0.5),
        "one sample": (np.ones(1), np.ones(1)),
        "one positive last": (-np.arange(40), np.arange(40) == 39),
        "all positive": (rng.normal(size=20), np.ones(20)),
        "huge and tiny scores": (np.concatenate([rng.normal(size=20) * 1e30, rng.normal(size=20) * 1e-30]), np.arange(40) % 2),
    }
    cases = []
    for name, (scores, labels) in inputs.items():
        scores, labels = float32(scores), np.asarray(labels).astype(int)
        labels[-1] = max(labels[-1], int(labels.sum() == 0))
        value = metrics.average_precision_score(labels, scores)
        cases.append(case(name, {"scores": scores, "labels": labels}, {"nonInterpolated": value}))
    write("averagePrecision", "scikit-learn", cases)


def classification():
    cases = []
    for name, n, c, make in [
        ("random", 200, 12, lambda n, c: rng.normal(size=(n, c))),
        ("ties", 100, 5, lambda n, c: rng.integers(0, 3, (n, c))),
        ("all equal", 20, 4, lambda n, c: np.zeros((n, c))),
        ("one sample", 1, 3, lambda n, c: rng.normal(size=(n, c))),
        ("absent classes", 10, 40, lambda n, c: rng.normal(size=(n, c))),
    ]:
        logits, labels = float32(make(n, c)), rng.integers(0, c, n)
        predictions = logits.argmax(1)
        outputs = {
            "predictions": predictions,
            "top1": metrics.accuracy_score(labels, predictions),
            "confusion": metrics.confusion_matrix(labels, predictions, labels=range(c)),
            "macroF1": metrics.f1_score(labels, predictions, average="macro"),
            "balancedAccuracy": metrics.balanced_accuracy_score(labels, predictions),
        }
        if name == "random":
            outputs["top5"] = metrics.top_k_accuracy_score(labels, logits, k=5, labels=range(c))
        cases.append(case(name, {"logits": logits, "labels": labels}, outputs, {"numClasses": c}))
    write("classificationMetrics", "scikit-learn", cases)


def clustering():
    inputs = {
        "random": (rng.integers(0, 10, 3000), rng.integers(0, 15, 3000)),
        "agreeing": (np.arange(400) % 8, (np.arange(400) % 8 + (rng.random(400) < 0.2)) % 8),
        "one cluster": (rng.integers(0, 4, 60), np.zeros(60, int)),
        "every sample alone": (rng.integers(0, 4, 30), np.arange(30)),
        "all alone in both": (np.arange(12), np.arange(12)[::-1].copy()),
        "one sample": (np.zeros(1, int), np.zeros(1, int)),
        "one class, one cluster": (np.zeros(9, int), np.ones(9, int)),
        "two samples apart": (np.array([0, 1]), np.array([0, 0])),
    }
    cases = []
    for name, (labels, clusters) in inputs.items():
        table = metrics.cluster.contingency_matrix(labels, clusters)
        rows, columns = linear_sum_assignment(-table)
        outputs = {
            "nmi": metrics.normalized_mutual_info_score(labels, clusters),
            "ami": metrics.adjusted_mutual_info_score(labels, clusters),
            "ari": metrics.adjusted_rand_score(labels, clusters),
            "homogeneity": metrics.homogeneity_score(labels, clusters),
            "completeness": metrics.completeness_score(labels, clusters),
            "accuracy": table[rows, columns].sum() / len(labels),
        }
        cases.append(case(name, {"labels": labels, "clusters": clusters}, outputs))
    write("clusteringMetrics", "scikit-learn, SciPy", cases)


def assignment():
    cases = []
    for name, cost in {
        "60 x 60": rng.normal(size=(60, 60)),
        "40 x 90": rng.normal(size=(40, 90)) * 1e6,
        "ties": rng.integers(0, 3, (30, 20)),
        "all equal": np.ones((9, 9)),
        "one by one": np.array([[3.5]]),
    }.items():
        cost = float32(cost)
        rows, columns = linear_sum_assignment(cost)
        cases.append(case(name, {"cost": cost}, {"total": cost[rows, columns].sum()}))
    write("hungarian", "SciPy", cases)


def knn():
    cases = []
    for name, n, m, d, c, k, temperature, spread in [
        ("random", 3000, 200, 32, 10, 20, 0.07, 1),
        ("nearly collapsed", 2000, 100, 16, 5, 20, 0.07, 1e-3),
        ("k = N", 50, 20, 8, 3, 50, 0.1, 1),
        ("k = 1", 400, 50, 64, 7, 1, 0.07, 1),
    ]:
        centre = np.ones(d) if spread < 1 else np.zeros(d)
        draw = lambda rows: float32(centre + spread * rng.normal(size=(rows, d)))
        train, test = draw(n), draw(m)
        train_labels, test_labels = np.arange(n) % c, rng.integers(0, c, m)
        unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
        similarity = unit(test) @ unit(train).T
        nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
        votes = np.exp(np.take_along_axis(similarity, nearest, 1) / temperature)
        scores = np.zeros((m, c))
        for row in range(m):
            np.add.at(scores[row], train_labels[nearest[row]], votes[row])
        peer = KNeighborsClassifier(k, weights=lambda dist: np.exp((1 - dist) / temperature), metric="cosine", algorithm="brute")
        predictions = peer.fit(train, train_labels).predict(test)
        assert (predictions == scores.argmax(1)).all()
        inputs = {"trainFeatures": train, "trainLabels": train_labels, "testFeatures": test, "testLabels": test_labels}
        outputs = {"predictions": predictions, "scores": scores, "top1": 100 * (predictions == test_labels).mean()}
        options = {"k": k, "temperature": temperature, "numClasses": c}
        cases.append(case(name, inputs, outputs, options, atol=1e-9 * scores.max()))
    write("knnClassify", "scikit-learn KNeighborsClassifier, NumPy", cases)


def logistic():
    cases = []
    for name, n, d, c, cost, scale in [
        ("random", 300, 20, 5, 1.0, 1),
        ("fewer rows than columns", 30, 80, 3, 1.0, 1),
        ("weak penalty", 400, 6, 4, 1e3, 1),
        ("strong penalty", 100, 10, 3, 1e-4, 1),
        ("large features", 200, 5, 3, 1.0, 30),
    ]:
        x, y = float32(scale * rng.normal(size=(n, d))), np.arange(n) % c
        x += float32(0.5 * scale * rng.normal(size=(c, d)))[y]
        x = float32(x)
        x_test, y_test = float32(scale * rng.normal(size=(50, d))), rng.integers(0, c, 50)
        model = LogisticRegression(C=cost, solver="newton-cg", tol=1e-12, max_iter=10000).fit(x, y)
        bias = model.intercept_ - model.intercept_.mean()
        outputs = {
            "W": model.coef_,
            "bias": bias,
            "probabilities": model.predict_proba(x_test),
            "predictions": model.predict(x_test),
            "accuracy": model.score(x_test, y_test),
        }
        inputs = {"x": x, "y": y, "xTest": x_test, "yTest": y_test}
        cases.append(case(name, inputs, outputs, {"C": cost}, atol=1e-6 * max(1, np.abs(model.coef_).max())))
    write("logisticRegression", "scikit-learn LogisticRegression(newton-cg, tol 1e-12)", cases)


def ridge():
    cases = []
    for name, n, d, c, alpha, change in [
        ("random", 300, 20, 5, 1.0, lambda x: x),
        ("fewer rows than columns", 30, 200, 3, 0.1, lambda x: x),
        ("equal columns", 100, 10, 3, 0.5, lambda x: np.repeat(x[:, :5], 2, axis=1)),
        ("constant column", 60, 8, 4, 1.0, lambda x: np.where(np.arange(8) == 3, 7.0, x)),
        ("far from the origin", 200, 6, 3, 1.0, lambda x: x + 1000),
    ]:
        x, y = float32(change(rng.normal(size=(n, d)))), np.arange(n) % c
        x_test, y_test = float32(change(rng.normal(size=(40, d)))), rng.integers(0, c, 40)
        model = Ridge(alpha=alpha, solver="svd").fit(x, np.eye(c)[y])
        scores = model.predict(x_test)
        outputs = {"W": model.coef_.T, "bias": model.intercept_, "scores": scores, "accuracy": (scores.argmax(1) == y_test).mean()}
        inputs = {"x": x, "y": y, "xTest": x_test, "yTest": y_test}
        atol = 1e-8 * max(1, np.abs(model.intercept_).max())
        cases.append(case(name, inputs, outputs, {"alpha": alpha, "numClasses": c}, atol))
    write("ridge", "scikit-learn Ridge", cases)


def svm():
    cases = []
    for name, n, d, cost in [("random", 200, 10, 1.0), ("fewer rows than columns", 40, 60, 10.0), ("tiny cost", 150, 8, 0.5**19)]:
        x, x_test = float32(rng.normal(size=(n, d))), float32(rng.normal(size=(40, d)))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        x = float32(x)
        y, y_test = (rng.random((n, 2)) < 0.2).astype(int), (rng.random((40, 2)) < 0.3).astype(int)
        y[:2], y_test[:2] = 1, 1
        W, bias, decision = [], [], []
        for k in range(2):
            model = LinearSVC(C=cost, class_weight={1: 2, 0: 1}, tol=1e-12, max_iter=1000000, random_state=0).fit(x, y[:, k])
            W.append(model.coef_[0])
            bias.append(model.intercept_[0])
            decision.append(model.decision_function(x_test))
        decision = np.stack(decision, 1)
        ap = [metrics.average_precision_score(y_test[:, k], decision[:, k]) for k in range(2)]
        inputs = {"x": x, "y": y, "xTest": x_test, "yTest": y_test}
        outputs = {"W": W, "bias": bias, "decision": decision, "ap": ap, "mAP": np.mean(ap)}
        cases.append(case(name, inputs, outputs, {"C": cost, "wPos": 2.0, "wNeg": 1.0}, atol=1e-6 * np.abs(W).max()))
    write("linearSvm", "scikit-learn LinearSVC(tol 1e-12)", cases)


def segmentation():
    cases = []
    for name, classes, ignore, shape in [
        ("random", 21, 255, (3, 40, 50)),
        ("absent classes", 50, None, (1, 6, 6)),
        ("one pixel", 2, None, (1, 1, 1)),
    ]:
        target, prediction = rng.integers(0, classes, shape), rng.integers(0, classes, shape)
        prediction = np.where(rng.random(shape) < 0.6, target, prediction)
        if ignore is not None:
            target = np.where(rng.random(shape) < 0.1, ignore, target)
        keep = target != (-1 if ignore is None else ignore)
        t, p = target[keep], prediction[keep]
        present = np.union1d(t, p)
        iou = metrics.jaccard_score(t, p, average=None, labels=range(classes), zero_division=0)
        outputs = {
            "iou": iou,
            "miou": iou[present].mean(),
            "pixelAccuracy": (t == p).mean(),
            "confusion": metrics.confusion_matrix(t, p, labels=range(classes)),
        }
        cases.append(case(name, {"prediction": prediction, "target": target}, outputs, {"numClasses": classes, "ignoreIndex": ignore}))
    write("segmentationIoU", "scikit-learn", cases)


def statistics():
    cases = []
    for name, a, b in [
        ("random", rng.normal(70, 2, 12), rng.normal(69, 2, 12)),
        ("ties and zero differences", rng.integers(60, 64, 12), rng.integers(60, 63, 12)),
        ("two values", np.array([1.0, 3.0]), np.array([0.5, 1.0])),
        ("beyond 50 pairs, with ties", rng.integers(0, 40, 80), rng.integers(0, 38, 80)),
        ("far from zero, ties by rounding", 1e6 + rng.normal(size=12), 1e6 + rng.normal(size=12)),
        ("exact at 40 pairs", rng.normal(size=40), rng.normal(0.3, 1, 40)),
    ]:
        a, b = float32(a), float32(b)
        distinct = len(np.unique(np.concatenate([a, b]))) == len(a) + len(b)
        if len(a) > 50:
            wilcoxon = stats.wilcoxon(a, b, correction=False, method="asymptotic")
        else:
            wilcoxon = stats.wilcoxon(a, b)
        whitney = stats.mannwhitneyu(a, b, method="exact" if distinct else "asymptotic")
        welch = stats.ttest_ind(a, b, equal_var=False)
        paired = stats.ttest_rel(a, b)
        low, high = stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a))
        outputs = {
            "mean": a.mean(), "std": a.std(ddof=1), "sem": stats.sem(a),
            "tPaired": paired.statistic, "pPaired": paired.pvalue,
            "tWelch": welch.statistic, "dfWelch": welch.df, "pWelch": welch.pvalue,
            "wilcoxonW": wilcoxon.statistic, "wilcoxonP": wilcoxon.pvalue,
            "mannWhitneyU": whitney.statistic, "mannWhitneyP": whitney.pvalue,
            "ciLow": low, "ciHigh": high, "cohenD": (a - b).mean() / (a - b).std(ddof=1),
            "pearson": stats.pearsonr(a, b).statistic, "spearman": stats.spearmanr(a, b).statistic,
        }
        cases.append(case(name, {"a": a, "b": b}, outputs, {"confidence": 0.95}))
    write("statistics", "SciPy", cases)


def saliency():
    def image(kind, h, w):
        y, x = np.mgrid[:h, :w]
        if kind == "noise":
            return rng.integers(0, 256, (h, w))
        if kind == "blob":
            return 255 * np.exp(-((y - h / 3) ** 2 + (x - w / 2) ** 2) / (h * w / 12))
        if kind == "binary":
            return 255 * (rng.random((h, w)) < 0.3)
        return np.full((h, w), int(kind))

    cases = []
    for name, map_kind, mask_kind, h, w in [
        ("noise against blob", "noise", "blob", 37, 53),
        ("blob against scattered mask (distance ties)", "blob", "binary", 24, 31),
        ("noise against scattered mask", "noise", "binary", 16, 16),
        ("constant map", "90", "blob", 20, 20),
        ("all black map", "0", "blob", 20, 20),
        ("empty mask", "noise", "0", 12, 9),
        ("full mask", "noise", "255", 12, 9),
        ("constant map, empty mask", "255", "0", 12, 9),
        ("one column", "noise", "binary", 25, 1),
        ("one row", "noise", "binary", 1, 25),
    ]:
        prediction = image(map_kind, h, w).astype(np.uint8)
        gt = image(mask_kind, h, w).astype(np.uint8)
        if mask_kind == "blob":
            gt = (255 * (gt > 128)).astype(np.uint8)
        peers = {"mae": MAE(), "f": Fmeasure(), "wf": WeightedFmeasure(), "s": Smeasure(), "e": Emeasure()}
        for peer in peers.values():
            peer.step(prediction, gt)
        found = {key: peer.get_results() for key, peer in peers.items()}
        f, e = found["f"]["fm"], found["e"]["em"]
        outputs = {
            "mae": found["mae"]["mae"], "adaptiveF": f["adp"], "maxF": f["curve"].max(), "meanF": f["curve"].mean(),
            "weightedF": found["wf"]["wfm"], "sMeasure": found["s"]["sm"],
            "adaptiveE": e["adp"], "maxE": e["curve"].max(), "meanE": e["curve"].mean(),
        }
        outputs = {key: value for key, value in outputs.items() if np.isfinite(value)}
        cases.append(case(name, {"prediction": prediction, "gt": gt}, outputs))
    write("saliencyMetrics", "pysodmetrics", cases)


def detection():
    cases = []
    for name, images, classes, gt_count, dt_count, round_scores in [
        ("random", 20, 5, 80, 300, None),
        ("tied scores", 8, 3, 40, 120, 1),
        ("more than 100 detections an image", 1, 1, 60, 250, None),
        ("a class and images without truth", 10, 6, 5, 60, None),
        ("no detection", 3, 2, 6, 0, None),
    ]:
        gt_boxes = float32(np.concatenate([rng.uniform(0, 200, (gt_count, 2)), rng.uniform(10, 90, (gt_count, 2))], 1))
        gt_image, gt_class = rng.integers(1, images + 1, gt_count), rng.integers(1, classes + 1, gt_count)
        source = rng.integers(0, gt_count, dt_count)
        dt_boxes = float32(np.abs(gt_boxes[source] + rng.normal(0, 8, (dt_count, 4))) + 1)
        dt_image, dt_class = gt_image[source], gt_class[source]
        stray = rng.random(dt_count) < 0.3
        dt_image = np.where(stray, rng.integers(1, images + 1, dt_count), dt_image)
        dt_class = np.where(stray, rng.integers(1, classes + 1, dt_count), dt_class)
        scores = rng.random(dt_count)
        scores = float32(scores if round_scores is None else scores.round(round_scores))
        truth = [
            {"image_id": int(gt_image[i]), "category_id": int(gt_class[i]), "bbox": gt_boxes[i].tolist(), "area": float(gt_boxes[i][2] * gt_boxes[i][3])}
            for i in range(gt_count)
        ]
        found = [
            {"image_id": int(dt_image[i]), "category_id": int(dt_class[i]), "bbox": dt_boxes[i].tolist(), "score": float(scores[i])}
            for i in range(dt_count)
        ]
        values = coco_scores("bbox", images, classes, truth, found)
        inputs = {
            "gtBoxes": gt_boxes, "gtImage": gt_image, "gtClass": gt_class,
            "dtBoxes": dt_boxes.reshape(-1, 4), "dtScores": scores, "dtImage": dt_image, "dtClass": dt_class,
        }
        cases.append(case(name, inputs, values, {"numImages": images, "numClasses": classes}))
    write("cocoDetectionAp", "pycocotools", cases)


def coco_scores(kind, images, classes, truth, found, size=(1, 1)):
    """What pycocotools says of annotations and detections, ids of images and classes from 1."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": i + 1, "height": size[0], "width": size[1]} for i in range(images)],
            "categories": [{"id": i + 1} for i in range(classes)],
            "annotations": [{"id": i + 1, "iscrowd": 0, **entry} for i, entry in enumerate(truth)],
        }
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(found) if found else coco_without_objects(coco), kind)
        run.evaluate()
        run.accumulate()
        run.summarize()
    precision = run.eval["precision"][:, :, :, 0, 2]
    values = dict(zip(["AP", "AP50", "AP75", None, None, None, "AR1", "AR10", "AR100"], run.stats))
    values.pop(None)
    return {**values, "perClassAP": [precision[:, :, k].mean() for k in range(classes) if precision[0, 0, k] > -1]}


def masks():
    """Ellipses, moved and cut for what is found; empty, full and one-pixel masks among them."""
    cases = []
    for name, images, classes, gt_count, dt_count, round_scores, (h, w) in [
        ("random", 12, 3, 40, 140, None, (24, 31)),
        ("tied scores", 6, 2, 25, 70, 1, (20, 20)),
        ("a class and images without truth", 8, 5, 4, 30, None, (16, 16)),
        ("one pixel", 1, 1, 1, 1, None, (1, 1)),
        ("no detection", 3, 2, 4, 0, None, (8, 8)),
    ]:
        y, x = np.mgrid[:h, :w]
        ellipse = lambda cy, cx, ry, rx: (((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1).astype(np.uint8)
        shapes = rng.uniform([0, 0, h / 8, w / 8], [h, w, h / 2, w / 2], (gt_count, 4))
        gt_masks = np.stack([ellipse(*shape) for shape in shapes])
        gt_masks[gt_masks.sum((1, 2)) == 0, 0, 0] = 1
        gt_image, gt_class = rng.integers(1, images + 1, gt_count), rng.integers(1, classes + 1, gt_count)
        source = rng.integers(0, gt_count, dt_count)
        dt_masks = np.zeros((dt_count, h, w), np.uint8)
        for i, shape in enumerate(shapes[source]):
            dt_masks[i] = ellipse(*np.maximum(shape * rng.normal(1, 0.12, 4), 0.5))
        dt_masks[:1], dt_masks[1:2] = 1, 0
        dt_image, dt_class = gt_image[source], gt_class[source]
        stray = rng.random(dt_count) < 0.25
        dt_class = np.where(stray, rng.integers(1, classes + 1, dt_count), dt_class)
        scores = rng.random(dt_count)
        scores = float32(scores if round_scores is None else scores.round(round_scores))
        runs = lambda mask: coco_mask.encode(np.asfortranarray(mask))
        truth = [
            {"image_id": int(gt_image[i]), "category_id": int(gt_class[i]), "segmentation": runs(gt_masks[i]), "area": float(gt_masks[i].sum())}
            for i in range(gt_count)
        ]
        found = [
            {"image_id": int(dt_image[i]), "category_id": int(dt_class[i]), "segmentation": runs(dt_masks[i]), "score": float(scores[i])}
            for i in range(dt_count)
        ]
        values = coco_scores("segm", images, classes, truth, found, (h, w))
        inputs = {
            "gtMasks": gt_masks, "gtImage": gt_image, "gtClass": gt_class,
            "dtMasks": dt_masks, "dtScores": scores, "dtImage": dt_image, "dtClass": dt_class,
        }
        cases.append(case(name, inputs, values, {"numImages": images, "numClasses": classes}))
    write("cocoMaskAp", "pycocotools", cases)


def coco_without_objects(coco):
    empty = COCO()
    empty.dataset = {**coco.dataset, "annotations": []}
    empty.createIndex()
    return empty


for make in [
    average_precision, classification, clustering, assignment, knn, logistic, ridge, svm, segmentation, statistics, saliency, detection, masks,
]:
    make()
