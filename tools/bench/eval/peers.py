"""Times one evaluation on the features of a folder: peers.py FOLDER CASE PEER; prints {"seconds", "cpu", "value", "version"}, times without reading files and importing."""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

folder, name, peer = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
warnings.simplefilter("ignore")
shape = json.loads((folder / "shape.json").read_text())
read = lambda part: np.fromfile(folder / f"{part}.f32", np.float32).reshape(-1, shape["D"])
train, test = read("train"), read("test")
labels = np.arange(len(train)) % shape["classes"]
test_labels = np.arange(len(test)) % shape["classes"]
k, temperature = 20, 0.07


def numpy_knn():
    """Blocked matrix product, argpartition, weighted vote: what most method repositories do, in NumPy."""
    unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
    bank, predictions = unit(train), []
    for queries in np.array_split(unit(test), max(1, len(test) // 500)):
        similarity = queries @ bank.T
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        votes = np.exp(np.take_along_axis(similarity, nearest, 1) / temperature)
        scores = np.zeros((len(queries), shape["classes"]))
        for column in range(k):
            scores[np.arange(len(queries)), labels[nearest[:, column]]] += votes[:, column]
        predictions.append(scores.argmax(1))
    return np.concatenate(predictions)


def torch_knn():
    """Blocked torch matmul and topk, as the method repositories have it."""
    import torch

    bank, queries = (torch.nn.functional.normalize(torch.from_numpy(x), dim=1) for x in (train, test))
    bank_labels, predictions = torch.from_numpy(labels), []
    for block in queries.split(500):
        similarity, nearest = (block @ bank.T).topk(k, dim=1)
        scores = torch.zeros(len(block), shape["classes"])
        scores.scatter_add_(1, bank_labels[nearest], (similarity / temperature).exp())
        predictions.append(scores.argmax(1))
    return torch.cat(predictions).numpy()


def sklearn_knn():
    from sklearn.neighbors import KNeighborsClassifier

    weights = lambda distance: np.exp((1 - distance) / temperature)
    model = KNeighborsClassifier(k, weights=weights, metric="cosine", algorithm="brute", n_jobs=-1)
    return model.fit(train, labels).predict(test)


def sklearn_logistic():
    from sklearn.linear_model import LogisticRegression

    mean, deviation = train.mean(0), train.std(0)
    model = LogisticRegression(C=1.0, solver="lbfgs", tol=1e-5, max_iter=5000)
    return model.fit((train - mean) / deviation, labels).predict((test - mean) / deviation)


def sklearn_ridge():
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=1.0, solver="cholesky").fit(train.astype(np.float64), np.eye(shape["classes"])[labels])
    return model.predict(test).argmax(1)


run = {
    ("knn", "numpy"): numpy_knn,
    ("knn", "torch"): torch_knn,
    ("knn", "scikit-learn"): sklearn_knn,
    ("logistic", "scikit-learn"): sklearn_logistic,
    ("ridge", "scikit-learn"): sklearn_ridge,
}[name, peer]
import importlib

module = importlib.import_module({"scikit-learn": "sklearn"}.get(peer, peer))
start, cpu = time.perf_counter(), time.process_time()
predictions = run()
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
value = 100 * float((predictions == test_labels).mean())
print(json.dumps({"seconds": seconds, "cpu": cpu, "value": value, "version": module.__version__}))
