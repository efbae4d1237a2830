"""Random networks of torchvision and timm: weights, images, outputs and gradients, one safetensors file each, and cases.json."""

import copy
import json
import sys
from pathlib import Path

import timm
import torch
import torchvision
from safetensors.torch import save_file

folder = Path(sys.argv[1])
torch.manual_seed(int(sys.argv[2]))


def randomise(network):
    """Statistics and affine terms of batch norm, which start at 0 and 1 and would hide mistakes; positions likewise."""
    for name, value in list(network.named_buffers()) + list(network.named_parameters()):
        if name.endswith("running_mean"):
            value.data = 0.1 * torch.randn_like(value)
        elif name.endswith("running_var"):
            value.data = 0.5 + torch.rand_like(value)
        elif name.endswith(("act.bias", "act1.bias", "conv.bias", "norm.bias")):
            value.data = 0.1 * torch.randn_like(value)
        elif value.ndim == 1 and not name.endswith("bias") and value.is_floating_point():
            value.data = 0.7 + 0.6 * torch.rand_like(value)
        elif name == "pos_embed" or name == "cls_token":
            value.data = 0.2 * torch.randn_like(value)


def cifar_resnet18(width):
    blocks = torchvision.models.resnet.BasicBlock
    network = torchvision.models.ResNet(blocks, [2, 2, 2, 2])
    network.inplanes = width
    network.conv1 = torch.nn.Conv2d(3, width, 3, padding=1, bias=False)
    network.bn1 = torch.nn.BatchNorm2d(width)
    network.maxpool = torch.nn.Identity()
    for stage in range(4):
        layer = network._make_layer(blocks, width * 2**stage, 2, stride=1 if stage == 0 else 2)
        setattr(network, f"layer{stage + 1}", layer)
    network.fc = torch.nn.Identity()
    return network


def vit(**options):
    return timm.models.vision_transformer.VisionTransformer(num_classes=0, dynamic_img_size=True, **options)


def caformer(gelu=False, residual=True, **options):
    meta = timm.models.metaformer
    mixers = [meta.SepConv, meta.SepConv, meta.Attention, meta.Attention]
    if gelu:
        mixers = [GeluSepConv, GeluSepConv, meta.Attention, meta.Attention]
    return meta.MetaFormer(
        num_classes=0,
        token_mixers=mixers,
        norm_layers=[meta.LayerNorm2dNoBias] * 2 + [meta.LayerNormNoBias] * 2,
        mlp_act=torch.nn.GELU if gelu else meta.StarReLU,
        res_scale_init_values=(None, None, 1.0, 1.0) if residual else None,
        **options,
    )


class GeluSepConv(timm.models.metaformer.SepConv):
    def __init__(self, dim, **options):
        super().__init__(dim, act1_layer=torch.nn.GELU, **options)


def resnet(make, **options):
    network = make(**options)
    network.fc = torch.nn.Identity()
    return network


def trained(network, images, cotangent):
    """Features in training mode and the gradient of the images."""
    network.train()
    x = images.to(next(network.parameters()).dtype).requires_grad_(True)
    features = network(x)
    (features * cotangent).sum().backward()
    return {"train": features.detach(), "gradient": x.grad.permute(0, 2, 3, 1).contiguous()}


resnets = torchvision.models
cases = []
for name, ours, make, shape in [
    ("torchvision resnet18", {"depth": 18, "width": 64, "stem": "imagenet"}, lambda: resnet(resnets.resnet18), (64, 64)),
    ("torchvision resnet34", {"depth": 34, "width": 64, "stem": "imagenet"}, lambda: resnet(resnets.resnet34), (64, 96)),
    ("torchvision resnet50", {"depth": 50, "width": 64, "stem": "imagenet"}, lambda: resnet(resnets.resnet50), (64, 64)),
    ("torchvision resnet101", {"depth": 101, "width": 64, "stem": "imagenet"}, lambda: resnet(resnets.resnet101), (47, 33)),
    (
        "torchvision resnet50, strides of the last two stages dilated",
        {"depth": 50, "width": 64, "stem": "imagenet", "reduction": {"outputStride": 8, "by": "dilation"}},
        lambda: resnet(resnets.resnet50, replace_stride_with_dilation=[False, True, True]),
        (64, 80),
    ),
    (
        "timm resnet18, output stride 16",
        {"depth": 18, "width": 64, "stem": "imagenet", "reduction": {"outputStride": 16, "by": "dilation"}},
        lambda: timm.create_model("resnet18", output_stride=16, num_classes=0),
        (96, 64),
    ),
    ("CIFAR resnet18, width 16", {"depth": 18, "width": 16, "stem": "cifar"}, lambda: cifar_resnet18(16), (32, 32)),
    (
        "timm vit_tiny_patch16_224",
        {"size": "tiny", "patch": 16, "positions": {"learned": 14}, "frozenPatches": False},
        lambda: vit(embed_dim=192, depth=12, num_heads=3),
        (224, 224),
    ),
    (
        "timm vit_small, 12 heads, other image sizes",
        {"size": "small-12-heads", "patch": 16, "positions": {"learned": 14}, "frozenPatches": False, "depth": 4},
        lambda: vit(embed_dim=384, depth=4, num_heads=12),
        (96, 160),
    ),
    (
        "timm vit_base, patches of 8, larger grid than learnt",
        {"size": "base", "patch": 8, "positions": {"learned": 4}, "frozenPatches": False, "depth": 2},
        lambda: vit(embed_dim=768, depth=2, num_heads=12, patch_size=8, img_size=32),
        (64, 40),
    ),
    ("timm caformer_s18", {"size": "s18"}, lambda: timm.create_model("caformer_s18", num_classes=0), (96, 64)),
    (
        "timm caformer, small, layer scale",
        {"size": "s18", "depths": [1, 2, 2, 1], "dims": [16, 24, 64, 96], "layerScale": 0.1},
        lambda: caformer(depths=[1, 2, 2, 1], dims=[16, 24, 64, 96], layer_scale_init_values=0.1),
        (64, 80),
    ),
    (
        "timm caformer, small, GELU and no residual scale as in BAM",
        {"size": "m36", "depths": [2, 1, 1, 2], "dims": [24, 24, 32, 64], "activation": "gelu", "residualScale": False},
        lambda: caformer(True, False, depths=[2, 1, 1, 2], dims=[24, 24, 32, 64]),
        (47, 33),
    ),
]:
    if sys.argv[3] not in name:
        continue
    network = make()
    randomise(network)
    images = torch.randn(4, 3, *shape)
    result = {"images": images.permute(0, 2, 3, 1).contiguous()}
    network.eval()
    with torch.no_grad():
        result["eval"] = network(images)
    save_file(network.state_dict(), folder / f"{len(cases)}.weights.safetensors")
    cotangent = torch.randn_like(result["eval"])
    exact = trained(copy.deepcopy(network).double(), images, cotangent)
    single = trained(network, images, cotangent)
    result |= {"cotangent": cotangent} | {name: value.float() for name, value in exact.items()}
    own = {name: ((single[name] - exact[name]).norm() / exact[name].norm()).item() for name in exact}
    after = {name: value for name, value in network.state_dict().items() if "running_" in name}
    result = {name: value.detach().contiguous() for name, value in result.items()}
    save_file(result, folder / f"{len(cases)}.results.safetensors")
    save_file(after, folder / f"{len(cases)}.after.safetensors")
    kind = "caformer" if "caformer" in name else "vit" if "size" in ours else "resnet"
    cases.append({"name": name, "kind": kind, "options": ours, "parameters": sum(p.numel() for p in network.parameters()), "own": own})
(folder / "cases.json").write_text(json.dumps(cases))
