"""The benchmark's steps as a tf.function; see ../runner.ts for what it reads and prints."""
import json
import math
import os
import re
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf  # noqa: E402

s = json.loads(sys.argv[1])
tf.random.set_seed(0)
B, side = s["batch"], s["resolution"]


def memory(field):
    with open("/proc/self/status") as file:
        return 1024 * int(re.search(field + r":\s+(\d+)", file.read()).group(1))


base = memory("VmRSS")


class Parts:
    """The variables of one network, in order of their making."""

    def __init__(self):
        self.weights = []

    def weight(self, shape, deviation):
        value = tf.random.normal(shape, stddev=deviation) if deviation else tf.zeros(shape)
        self.weights.append(tf.Variable(value))
        return self.weights[-1]

    def norm(self, channels, affine=True):
        gamma, beta = tf.ones([channels]), tf.zeros([channels])
        if affine:
            gamma, beta = tf.Variable(gamma), tf.Variable(beta)
            self.weights += [gamma, beta]
        mean, variance = tf.Variable(tf.zeros([channels])), tf.Variable(tf.ones([channels]))

        def run(x):
            flat = len(x.shape) == 2
            y, m, v = tf.compat.v1.nn.fused_batch_norm(
                x[:, None, None] if flat else x, gamma, beta, epsilon=1e-5)
            mean.assign(mean * 0.9 + m * 0.1)
            variance.assign(variance * 0.9 + v * 0.1)
            return y[:, 0, 0] if flat else y

        return run

    def conv(self, inputs, outputs, kernel, stride):
        weight = self.weight([kernel, kernel, inputs, outputs], (2 / (kernel * kernel * inputs)) ** 0.5)
        if stride == 1:
            return lambda x: tf.nn.conv2d(x, weight, 1, "SAME")
        if kernel == 1:
            return lambda x: tf.nn.conv2d(x[:, ::stride, ::stride], weight, 1, "SAME")
        # Padding inside of a strided convolution would cost it oneDNN's gradients.
        padding = [[0, 0], [kernel // 2] * 2, [kernel // 2] * 2, [0, 0]]
        return lambda x: tf.nn.conv2d(tf.pad(x, padding), weight, stride, "VALID")

    def linear(self, inputs, outputs, bias=True):
        weight = self.weight([inputs, outputs], inputs**-0.5)
        shift = self.weight([outputs], 0) if bias else None
        return lambda x: tf.matmul(x, weight) if shift is None else tf.matmul(x, weight) + shift

    def layer_norm(self, dim):
        gamma, beta = tf.Variable(tf.ones([dim])), tf.Variable(tf.zeros([dim]))
        self.weights += [gamma, beta]

        def run(x):
            mean, variance = tf.nn.moments(x, [-1], keepdims=True)
            return (x - mean) * tf.math.rsqrt(variance + 1e-6) * gamma + beta

        return run


def unit(parts, inputs, widths, kernels, stride):
    layers, at = [], inputs
    for index, (width, kernel) in enumerate(zip(widths, kernels)):
        step = stride if kernel == 3 and 3 not in kernels[:index] else 1
        layers.append((parts.conv(at, width, kernel, step), parts.norm(width)))
        at = width
    skip = None if stride == 1 and inputs == at else (parts.conv(inputs, at, 1, stride), parts.norm(at))

    def run(x):
        y = x
        for index, (conv, norm) in enumerate(layers):
            y = norm(conv(y))
            y = tf.nn.relu(y) if index < len(layers) - 1 else y
        return tf.nn.relu(y + (x if skip is None else skip[1](skip[0](x))))

    return run


def resnet(parts):
    width, small = s["width"], s["network"] == "resnet18"
    first, norm = parts.conv(3, width, 3 if small else 7, 1 if small else 2), parts.norm(width)
    blocks, at = [], width
    for stage, depth in enumerate([2, 2, 2, 2] if small else [3, 4, 6, 3]):
        for index in range(depth):
            w = width * 2**stage
            widths, kernels = ([w, w], [3, 3]) if small else ([w, w, 4 * w], [1, 3, 1])
            blocks.append(unit(parts, at, widths, kernels, 2 if stage > 0 and index == 0 else 1))
            at = widths[-1]

    def run(x):
        x = tf.nn.relu(norm(first(x)))
        if not small:
            x = tf.nn.max_pool2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID")
        for block in blocks:
            x = block(x)
        return tf.reduce_mean(x, [1, 2])

    return run, at


def vit(parts, dim=192, depth=12, heads=3):
    kernel, shift = parts.weight([s["patch"], s["patch"], 3, dim], 0.1), parts.weight([dim], 0)
    token = parts.weight([1, 1, dim], 0.02)
    positions = tf.random.normal([1 + (side // s["patch"]) ** 2, dim], stddev=0.02)
    blocks = [{
        "norm1": parts.layer_norm(dim), "qkv": parts.linear(dim, 3 * dim), "proj": parts.linear(dim, dim),
        "norm2": parts.layer_norm(dim), "fc1": parts.linear(dim, 4 * dim), "fc2": parts.linear(4 * dim, dim),
    } for _ in range(depth)]
    last = parts.layer_norm(dim)

    def dense(layer, x):
        return tf.reshape(layer(tf.reshape(x, [-1, x.shape[-1]])), [*x.shape[:-1], -1])

    def run(x):
        x = tf.nn.conv2d(x, kernel, s["patch"], "VALID") + shift
        n = x.shape[0]
        x = tf.reshape(x, [n, -1, dim])
        x = tf.concat([tf.tile(token, [n, 1, 1]), x], 1)
        t = x.shape[1]
        x = x + positions[:t]
        for block in blocks:
            qkv = tf.reshape(dense(block["qkv"], block["norm1"](x)), [n, t, 3, heads, dim // heads])
            q, k, v = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4]))
            attention = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * (dim / heads) ** -0.5)
            mixed = tf.reshape(tf.transpose(tf.matmul(attention, v), [0, 2, 1, 3]), [n, t, dim])
            x = x + dense(block["proj"], mixed)
            x = x + dense(block["fc2"], tf.nn.gelu(dense(block["fc1"], block["norm2"](x))))
        return last(x)[:, 0]

    return run, dim


def mlp(parts, inputs, plain):
    first, norm = parts.linear(inputs, s["hidden"], False), parts.norm(s["hidden"])
    second = parts.linear(s["hidden"], s["outputs"], not plain)
    end = parts.norm(s["outputs"], False) if plain else lambda x: x
    return lambda x: end(second(tf.nn.relu(norm(first(x)))))


def encoder(parts):
    run, features = vit(parts) if s["network"] == "vit-tiny" else resnet(parts)
    if method == "supervised":
        return run, parts.linear(features, s["classes"], False)
    return run, mlp(parts, features, method == "bam")


method = s["method"]
network = Parts()
backbone, head = encoder(network)
shared = len(network.weights)
predictor = mlp(network, s["outputs"], False) if method == "byol" else None
teacher = Parts()
if method == "byol":
    target_backbone, target_head = encoder(teacher)
    for mine, theirs in zip(network.weights[:shared], teacher.weights):
        theirs.assign(mine)
velocities = [tf.Variable(tf.zeros_like(v)) for v in network.weights]
images = tf.random.normal([B * (1 if method == "supervised" else 2), side, side, 3])
crops = tf.random.normal([s["localViews"] * B, side // 2, side // 2, 3])
labels = tf.range(B) % s["classes"]
INFINITY = float("inf")


def cross_entropy(logits, labels):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def bam_loss(images, crops):
    z = tf.math.l2_normalize(head(tf.concat([backbone(images), backbone(crops)], 0)), 1)
    views = z.shape[0] // B
    similarity = tf.matmul(z, z[: 2 * B], transpose_b=True)
    mask = tf.tile(tf.eye(B), [views, 2]) > 0
    q = tf.where(mask, -INFINITY, tf.stop_gradient(similarity) / s["reg"])
    for _ in range(3):
        q = q - tf.reduce_logsumexp(q, 0, keepdims=True)
        q = q - tf.reduce_logsumexp(q, 1, keepdims=True)
    q = tf.reshape(tf.exp(q[: 2 * B]), [2, B, -1])
    log = tf.nn.log_softmax(tf.where(mask, -1e9, similarity / s["bamTemperature"]))
    log = tf.reshape(tf.where(mask, 0.0, log), [views, B, -1])
    pairs = [-tf.reduce_mean(tf.reduce_sum(q[g] * log[v], 1)) for g in (0, 1) for v in range(views) if v != g]
    return tf.add_n(pairs) / len(pairs)


def loss_of(images, crops, labels):
    if method == "supervised":
        return cross_entropy(head(backbone(images)), labels)
    if method == "simclr":
        z = tf.math.l2_normalize(head(backbone(images)), 1)
        logits = tf.matmul(z, z, transpose_b=True) / s["temperature"] - 1e9 * tf.eye(2 * B)
        return cross_entropy(logits, tf.roll(tf.range(2 * B), B, 0))
    if method == "byol":
        z = [tf.stop_gradient(target_head(target_backbone(view))) for view in tf.split(images, 2)]
        p = [predictor(head(backbone(view))) for view in tf.split(images, 2)]
        cos = [tf.reduce_mean(tf.reduce_sum(tf.math.l2_normalize(p[i], 1) * tf.math.l2_normalize(z[1 - i], 1), 1))
               for i in (0, 1)]
        return 4 - 2 * tf.add_n(cos)
    return bam_loss(images, crops)


@tf.function
def step(images, crops, labels):
    for mine, theirs in zip(network.weights, teacher.weights):
        theirs.assign(theirs * s["teacherMomentum"] + mine * (1 - s["teacherMomentum"]))
    with tf.GradientTape() as tape:
        loss = loss_of(images, crops, labels)
    gradients = tape.gradient(loss, network.weights)
    for v, velocity, gradient in zip(network.weights, velocities, gradients):
        velocity.assign(velocity * s["momentum"] + gradient)
        v.assign_sub(velocity * s["learningRate"])
    return loss


def timed(steps):
    times = []
    for _ in range(steps):
        start, start_cpu = time.perf_counter(), time.process_time()
        assert math.isfinite(float(step(images, crops, labels)))
        times.append({"wall": time.perf_counter() - start, "cpu": time.process_time() - start_cpu})
    return times


def warm_up():
    """Two steps, and more for some seconds: the first steps are slower, PyTorch's by half."""
    start = time.perf_counter()
    timed(2)
    while time.perf_counter() - start < s["warmUpSeconds"]:
        timed(1)


warm_up()
print(json.dumps({"version": tf.__version__, "threads": os.cpu_count(), "base": base}), flush=True)
for line in sys.stdin:
    timed(1)  # caches and threads come back from waiting
    print(json.dumps({"times": timed(int(line)), "peak": memory("VmHWM")}), flush=True)
