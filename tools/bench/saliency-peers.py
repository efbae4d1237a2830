"""Maps of the peers for bench:saliency-peers: saliency-peers.py FOLDER [PYIMGSALIENCY [PEERS]].

FOLDER holds 0.png, 1.png, ...; float32 maps go to <peer>-<index>.f32 and processor seconds to times.json. PYIMGSALIENCY is a clone of
yhenon/pyimgsaliency, whose files are loaded as they are; names that Python 3 and present packages lack are put beside them.
"""

import builtins
import functools
import json
import pathlib
import sys
import time
import types

import cv2
import numpy as np

# Names that Python 2 had, and drawing that computing does not need.
builtins.xrange = range
for name in ("matplotlib", "matplotlib.pyplot"):
    sys.modules[name] = types.ModuleType(name)


def load(path):
    """A file of the clone; Python 2's whole-number division and the old labels of SLIC, from 0, are put back where it counts on them."""
    source = path.read_text().replace("vertices[x/num_vertices]", "vertices[x//num_vertices]")
    source = source.replace(".iteritems()", ".items()")
    module = types.ModuleType(path.stem)
    exec(compile(source, str(path), "exec"), module.__dict__)
    if "len(vertices)+1" not in source:
        module.slic = functools.partial(module.slic, start_label=0)
    return module


def opencv(create):
    def run(path):
        found, result = create().computeSaliency(cv2.imread(str(path)))
        if not found:
            raise RuntimeError(f"OpenCV finds nothing in {path}")
        return result

    return run


def main(folder, clone="", only=""):
    folder = pathlib.Path(folder)
    peers = {
        "opencv-sr": opencv(cv2.saliency.StaticSaliencySpectralResidual_create),
        "opencv-fine-grained": opencv(cv2.saliency.StaticSaliencyFineGrained_create),
    }
    if clone:
        import skimage.color  # the clone uses it without importing it

        main_module = load(pathlib.Path(clone) / "pyimgsaliency" / "saliency.py")
        barrier = load(pathlib.Path(clone) / "pyimgsaliency" / "saliency_mbd.py")
        peers["pyimgsaliency-rbd"] = lambda path: main_module.get_saliency_rbd(str(path))
        peers["pyimgsaliency-ft"] = lambda path: main_module.get_saliency_ft(str(path))
        peers["pyimgsaliency-mbd"] = lambda path: barrier.get_saliency_mbd(str(path))
    peers = {name: run for name, run in peers.items() if not only or name in only.split(",")}
    seconds = {name: [] for name in peers}
    failures = {name: [] for name in peers}
    images = sorted(folder.glob("*.png"), key=lambda path: int(path.stem))
    for path in images:
        for name, run in peers.items():
            start = time.process_time()
            try:
                result = np.asarray(run(path), dtype=np.float64)
                if not np.isfinite(result).all():
                    raise ValueError("not finite")
            except Exception as error:  # one image that a peer cannot do is reported, the others go on
                failures[name].append(f"{path.stem}: {error}")
                continue
            seconds[name].append(time.process_time() - start)
            low, high = result.min(), result.max()
            scaled = (result - low) / (high - low) if high > low else np.zeros_like(result)
            scaled.astype("<f4").tofile(folder / f"{name}-{path.stem}.f32")
        print(f"peers: {int(path.stem) + 1} / {len(images)}", file=sys.stderr)
    (folder / "times.json").write_text(json.dumps({"seconds": seconds, "failures": failures}))


main(*sys.argv[1:])
