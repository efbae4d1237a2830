"""ResNet-18 training step as a tf.function; reads a number of steps a line, prints the time of each as JSON."""
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf  # noqa: E402

settings = json.loads(sys.argv[1])
tf.random.set_seed(0)
variables = []
state = []


def variable(value):
    variables.append(tf.Variable(value))
    return variables[-1]


def unit(inputs, outputs, kernel, stride):
    weight = variable(tf.random.normal([kernel, kernel, inputs, outputs], stddev=(2 / (kernel * kernel * inputs)) ** 0.5))
    gamma, beta = variable(tf.ones([outputs])), variable(tf.zeros([outputs]))
    mean, variance = tf.Variable(tf.zeros([outputs])), tf.Variable(tf.ones([outputs]))
    state.extend([mean, variance])

    def run(x):
        x = tf.nn.conv2d(x, weight, stride, "SAME")
        y, batch_mean, batch_variance = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=1e-5)
        mean.assign(mean * 0.9 + batch_mean * 0.1)
        variance.assign(variance * 0.9 + batch_variance * 0.1)
        return y

    return run


def block(inputs, outputs, stride):
    first, second = unit(inputs, outputs, 3, stride), unit(outputs, outputs, 3, 1)
    shortcut = (lambda x: x) if stride == 1 and inputs == outputs else unit(inputs, outputs, 1, stride)
    return lambda x: tf.nn.relu(second(tf.nn.relu(first(x))) + shortcut(x))


width = settings["width"]
stem = unit(3, width, 3, 1)
blocks = []
inputs = width
for stage in range(4):
    for index in range(2):
        outputs = width * 2**stage
        blocks.append(block(inputs, outputs, 2 if stage > 0 and index == 0 else 1))
        inputs = outputs
classifier = variable(tf.random.normal([inputs, settings["classes"]], stddev=0.01))
velocities = [tf.Variable(tf.zeros_like(v)) for v in variables]
side = settings["resolution"]
images = tf.random.normal([settings["batch"], side, side, 3])
labels = tf.range(settings["batch"]) % settings["classes"]


@tf.function
def step(images, labels):
    with tf.GradientTape() as tape:
        x = tf.nn.relu(stem(images))
        for layer in blocks:
            x = layer(x)
        logits = tf.matmul(tf.reduce_mean(x, [1, 2]), classifier)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    for v, velocity, gradient in zip(variables, velocities, tape.gradient(loss, variables)):
        velocity.assign(velocity * settings["momentum"] + gradient)
        v.assign_sub(velocity * settings["learningRate"])
    return loss


for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start, start_cpu = time.perf_counter(), time.process_time()
        float(step(images, labels))
        times.append({"wall": time.perf_counter() - start, "cpu": time.process_time() - start_cpu})
    print(json.dumps(times), flush=True)
