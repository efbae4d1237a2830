"""Peers of bench.ts: reads 'name seconds' lines, answers with views per second. One thread each."""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
folder = sys.argv[1]
with open(os.path.join(folder, "case.json")) as file:
    case = json.load(file)
recipe = case["recipe"]
size, crop, jitter, blur = recipe["size"], recipe["crop"], recipe["jitter"], recipe["blur"]
mean, std = recipe["normalize"]["mean"], recipe["normalize"]["std"]


def pixels():
    import numpy as np

    raw = np.fromfile(os.path.join(folder, "images.raw"), np.uint8)
    return raw.reshape(case["images"], case["height"], case["width"], 3)


def pillow():
    import numpy as np
    from PIL import Image, ImageEnhance, ImageFilter

    images = [Image.fromarray(image) for image in pixels()]
    mean_, std_ = np.float32(mean), np.float32(std)

    def hue(image, turn):
        h, s, v = image.convert("HSV").split()
        shifted = np.array(h, np.uint8) + np.uint8(int(turn * 255) & 255)
        return Image.merge("HSV", (Image.fromarray(shifted, "L"), s, v)).convert("RGB")

    def view(at):
        p = case["params"][at]
        box = p["crop"]
        edges = (box["left"], box["top"], box["left"] + box["width"], box["top"] + box["height"])
        image = images[at].resize((size, size), Image.BILINEAR, box=edges)
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
        return (np.asarray(image, np.float32) / 255 - mean_) / std_

    return view


def albumentations():
    import albumentations as A
    import cv2

    cv2.setNumThreads(0)
    images = list(pixels())

    def around(strength):
        return (max(0, 1 - strength), 1 + strength)

    steps = [
        A.RandomResizedCrop((size, size), scale=crop["scale"], ratio=crop["ratio"]),
        A.HorizontalFlip(p=recipe["flip"]),
        A.ColorJitter(
            around(jitter["brightness"]),
            around(jitter["contrast"]),
            around(jitter["saturation"]),
            (-jitter["hue"], jitter["hue"]),
            p=jitter["probability"],
        ),
        A.ToGray(p=recipe["grayscale"]),
    ]
    if blur:
        kernel = blur["kernelSize"]
        steps.append(A.GaussianBlur((kernel, kernel), blur["sigma"], p=blur["probability"]))
    steps.append(A.Normalize(mean, std))
    compose = A.Compose(steps)
    return lambda at: compose(image=images[at])["image"]


def torchvision():
    import torch
    from torchvision.transforms import v2

    torch.set_num_threads(1)
    images = [torch.from_numpy(image.copy()).permute(2, 0, 1) for image in pixels()]
    color = v2.ColorJitter(jitter["brightness"], jitter["contrast"], jitter["saturation"], jitter["hue"])
    steps = [
        v2.RandomResizedCrop(size, crop["scale"], crop["ratio"], antialias=True),
        v2.RandomHorizontalFlip(recipe["flip"]),
        v2.RandomApply([color], jitter["probability"]),
        v2.RandomGrayscale(recipe["grayscale"]),
    ]
    if blur:
        steps.append(v2.RandomApply([v2.GaussianBlur(blur["kernelSize"], blur["sigma"])], blur["probability"]))
    steps += [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    compose = v2.Compose(steps)
    return lambda at: compose(images[at])


def kornia():
    import kornia.augmentation as K
    import torch

    torch.set_num_threads(1)
    images = [torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255 for image in pixels()]
    steps = [
        K.RandomResizedCrop((size, size), crop["scale"], crop["ratio"]),
        K.RandomHorizontalFlip(p=recipe["flip"]),
        K.ColorJitter(
            jitter["brightness"], jitter["contrast"], jitter["saturation"], jitter["hue"], p=jitter["probability"]
        ),
        K.RandomGrayscale(p=recipe["grayscale"]),
    ]
    if blur:
        kernel = (blur["kernelSize"], blur["kernelSize"])
        steps.append(K.RandomGaussianBlur(kernel, tuple(blur["sigma"]), p=blur["probability"]))
    compose = K.AugmentationSequential(*steps, K.Normalize(mean, std))
    return lambda at: compose(images[at])


peers = {}
for maker in (pillow, albumentations, torchvision, kornia):
    try:
        view = maker()
        for at in range(case["images"]):
            view(at)
        peers[maker.__name__] = view
    except ImportError:
        pass
print(json.dumps(list(peers)), flush=True)
for line in sys.stdin:
    name, seconds = line.split()
    view, count, started = peers[name], 0, time.perf_counter()
    while time.perf_counter() - started < float(seconds):
        view(count % case["images"])
        count += 1
    print(json.dumps(count / (time.perf_counter() - started)), flush=True)
