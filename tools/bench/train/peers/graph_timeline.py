"""Where the time of a compiled step goes, by TensorFlow's own timeline: graph_timeline.py GRAPH_FOLDER KERNELS [steps]; see ../../train.ts --profile."""
import collections
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

v1 = tf.compat.v1
v1.disable_eager_execution()
folder, steps = sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 3
tf.load_op_library(sys.argv[2])
saved = saved_model_pb2.SavedModel()
with open(os.path.join(folder, "saved_model.pb"), "rb") as file:
    saved.ParseFromString(file.read())
graph_def = saved.meta_graphs[0].graph_def
graph = tf.Graph()
with graph.as_default():
    tf.import_graph_def(graph_def, name="")
random = np.random.default_rng(0)


def fill(node):
    """Numbers of a placeholder's type and shape: small where they are real, zeros where they are indices."""
    tensor = graph.get_tensor_by_name(node.name + ":0")
    shape = tensor.shape.as_list()
    if tensor.dtype != tf.float32:
        return tensor, np.zeros(shape, tensor.dtype.as_numpy_dtype)
    return tensor, random.normal(0, 0.02, shape).astype(np.float32)


holders = [node for node in graph_def.node if node.op == "Placeholder"]
state = dict(fill(node) for node in holders if node.name.startswith("new"))
feeds = dict(fill(node) for node in holders if node.name.startswith("in"))
outputs = [node.name + ":0" for node in graph_def.node if node.name.startswith("out") or node.name == "done"]
op_of = {node.name: node for node in graph_def.node}

with v1.Session(graph=graph) as session:
    session.run(["loaded:0", "loadedConstants:0"], state)
    walls = []
    for _ in range(2 + steps):
        start = time.process_time()
        session.run(outputs, feeds)
        walls.append(time.process_time() - start)
    metadata = v1.RunMetadata()
    options = v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE, output_partition_graphs=True)
    session.run(outputs, feeds, options=options, run_metadata=metadata)

shapes = {}
for partition in metadata.partition_graphs:
    for node in partition.node:
        op_of[node.name] = node
microseconds = collections.Counter()
counts = collections.Counter()
nodes = []
for device in metadata.step_stats.dev_stats:
    for stats in device.node_stats:
        name = stats.node_name
        op = op_of[name].op if name in op_of else stats.timeline_label.split("=")[-1].split("(")[0].strip()
        fused = [v.decode() for v in op_of[name].attr["fused_ops"].list.s] if name in op_of else []
        label = op + (f"[{'+'.join(fused)}]" if fused else "")
        microseconds[label] += stats.op_end_rel_micros
        counts[label] += 1
        dims = [tuple(d.size for d in o.tensor_description.shape.dim) for o in stats.output]
        nodes.append((stats.op_end_rel_micros, label, name, dims[:1]))
total = sum(microseconds.values())
print(f"{folder}: {np.median(walls[2:]):.3f} s of processor time a step; {total / 1e6:.3f} s in ops, on the clock; {sum(counts.values())} ops")
for label, us in microseconds.most_common(30):
    print(f"{us / 1e3:10.1f} ms {100 * us / total:5.1f} % {counts[label]:6d}  {label}")
print("\nby op and shape of its first result")
groups, numbers = collections.Counter(), collections.Counter()
for us, label, name, dims in nodes:
    groups[label, str(dims)] += us
    numbers[label, str(dims)] += 1
for (label, dims), us in groups.most_common(20):
    print(f"{us / 1e3:10.1f} ms {numbers[label, dims]:5d} x {us / 1e3 / numbers[label, dims]:7.2f} ms  {label} {dims}")
