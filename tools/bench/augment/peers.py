"""Peers of npm run bench:augment: one JSON request a line ({case, peer, seconds}), one answer a line ({wall, cpu}: views a second). One thread each."""

import json
import os
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
warnings.filterwarnings("ignore")
folder = sys.argv[1]
with open(os.path.join(folder, "cases.json")) as file:
    cases = {case["name"]: case for case in json.load(file)}


def pixels(case):
    import numpy as np

    raw = np.fromfile(os.path.join(folder, case["name"] + ".raw"), np.uint8)
    return raw.reshape(case["images"], case["height"], case["width"], 3)


def pillow(case):
    import numpy as np
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps

    recipe = case["recipe"]
    size = recipe["size"]
    images = [Image.fromarray(image) for image in pixels(case)]
    mean, std = np.float32(recipe["normalize"]["mean"]), np.float32(recipe["normalize"]["std"])

    def hue(image, turn):
        h, s, v = image.convert("HSV").split()
        shifted = np.array(h, np.uint8) + np.uint8(int(turn * 255) & 255)
        return Image.merge("HSV", (Image.fromarray(shifted), s, v)).convert("RGB")

    def view(at):
        p = case["params"][at]
        image = images[at]
        if case["crops"]:
            box = p["crop"]
            edges = (box["left"], box["top"], box["left"] + box["width"], box["top"] + box["height"])
            image = image.resize((size, size), Image.BILINEAR, box=edges)
        if p["flip"]:
            image = image.transpose(Image.FLIP_LEFT_RIGHT)
        for op in p["jitter"]["order"] if p["jitter"] else ():
            factor = p["jitter"][op]
            if op == "hue":
                image = hue(image, factor)
            else:
                enhance = {"brightness": "Brightness", "contrast": "Contrast", "saturation": "Color"}[op]
                image = getattr(ImageEnhance, enhance)(image).enhance(factor)
        if p["grayscale"]:
            image = image.convert("L").convert("RGB")
        if p["blurSigma"]:
            image = image.filter(ImageFilter.GaussianBlur(p["blurSigma"]))
        if p["solarize"]:
            image = ImageOps.solarize(image, 128)
        return (np.asarray(image, np.float32) / 255 - mean) / std

    return view


def albumentations(case):
    import albumentations as A
    import cv2

    cv2.setNumThreads(0)
    recipe = case["recipe"]
    size, jitter, blur, solarize = recipe["size"], recipe["jitter"], recipe["blur"], recipe["solarize"]
    images = list(pixels(case))

    def around(strength):
        return (max(0, 1 - strength), 1 + strength)

    steps = []
    if case["crops"]:
        crop = recipe["crop"]
        steps.append(A.RandomResizedCrop((size, size), scale=crop["scale"], ratio=crop["ratio"]))
    if recipe["flip"]:
        steps.append(A.HorizontalFlip(p=recipe["flip"]))
    if jitter:
        factors = [around(jitter[name]) for name in ("brightness", "contrast", "saturation")]
        steps.append(A.ColorJitter(*factors, (-jitter["hue"], jitter["hue"]), p=jitter["probability"]))
    if recipe["grayscale"]:
        steps.append(A.ToGray(p=recipe["grayscale"]))
    if blur:
        kernel = (blur["kernelSize"], blur["kernelSize"])
        steps.append(A.GaussianBlur(kernel, tuple(blur["sigma"]), p=blur["probability"]))
    if solarize:
        threshold = solarize["threshold"]
        steps.append(A.Solarize(threshold_range=(threshold, threshold), p=solarize["probability"]))
    steps.append(A.Normalize(recipe["normalize"]["mean"], recipe["normalize"]["std"]))
    compose = A.Compose(steps)
    return lambda at: compose(image=images[at])["image"]


def torchvision(case):
    import torch
    from torchvision.transforms import v2

    torch.set_num_threads(1)
    recipe = case["recipe"]
    size, jitter, blur, solarize = recipe["size"], recipe["jitter"], recipe["blur"], recipe["solarize"]
    images = [torch.from_numpy(image.copy()).permute(2, 0, 1) for image in pixels(case)]
    steps = []
    if case["crops"]:
        crop = recipe["crop"]
        steps.append(v2.RandomResizedCrop(size, crop["scale"], crop["ratio"], antialias=True))
    if recipe["flip"]:
        steps.append(v2.RandomHorizontalFlip(recipe["flip"]))
    if jitter:
        color = v2.ColorJitter(jitter["brightness"], jitter["contrast"], jitter["saturation"], jitter["hue"])
        steps.append(v2.RandomApply([color], jitter["probability"]))
    if recipe["grayscale"]:
        steps.append(v2.RandomGrayscale(recipe["grayscale"]))
    if blur:
        steps.append(v2.RandomApply([v2.GaussianBlur(blur["kernelSize"], blur["sigma"])], blur["probability"]))
    if solarize:
        steps.append(v2.RandomSolarize(128, solarize["probability"]))
    steps += [v2.ToDtype(torch.float32, scale=True), v2.Normalize(**recipe["normalize"])]
    compose = v2.Compose(steps)
    return lambda at: compose(images[at])


def kornia(case):
    import kornia.augmentation as K
    import torch

    torch.set_num_threads(1)
    recipe = case["recipe"]
    size, jitter, blur, solarize = recipe["size"], recipe["jitter"], recipe["blur"], recipe["solarize"]
    images = [torch.from_numpy(image.copy()).permute(2, 0, 1)[None] for image in pixels(case)]
    steps = []
    if case["crops"]:
        crop = recipe["crop"]
        steps.append(K.RandomResizedCrop((size, size), tuple(crop["scale"]), tuple(crop["ratio"])))
    if recipe["flip"]:
        steps.append(K.RandomHorizontalFlip(p=recipe["flip"]))
    if jitter:
        strengths = [jitter[name] for name in ("brightness", "contrast", "saturation", "hue")]
        steps.append(K.ColorJitter(*strengths, p=jitter["probability"]))
    if recipe["grayscale"]:
        steps.append(K.RandomGrayscale(p=recipe["grayscale"]))
    if blur:
        kernel = (blur["kernelSize"], blur["kernelSize"])
        steps.append(K.RandomGaussianBlur(kernel, tuple(blur["sigma"]), p=blur["probability"]))
    if solarize:
        threshold = solarize["threshold"]
        steps.append(K.RandomSolarize((threshold, threshold), (0.0, 0.0), p=solarize["probability"]))
    steps.append(K.Normalize(recipe["normalize"]["mean"], recipe["normalize"]["std"]))
    compose = K.AugmentationSequential(*steps)
    return lambda at: compose(images[at].float() / 255)


makers = {"Pillow": pillow, "albumentations": albumentations, "torchvision v2": torchvision, "kornia": kornia}
modules = {"Pillow": "PIL", "torchvision v2": "torchvision"}
views = {}


def version(peer):
    try:
        return __import__(modules.get(peer, peer)).__version__
    except ImportError:
        return None


versions = {peer: version(peer) for peer in makers}
print(json.dumps({peer: found for peer, found in versions.items() if found}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    case, name = cases[request["case"]], (request["case"], request["peer"])
    if name not in views:
        views[name] = makers[request["peer"]](case)
        for at in range(min(8, case["images"])):
            views[name](at)
    view, count, started, used = views[name], 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - started < request["seconds"]:
        view(count % case["images"])
        count += 1
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    print(json.dumps({"wall": count / wall, "cpu": count / max(cpu, 1e-9)}), flush=True)
