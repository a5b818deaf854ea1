"""The diver networks, as mmsegmentation's configurations: plain data, nothing heavy is imported.

    deeplabv3plus-r50     DeepLabV3+ (arXiv:1802.02611) on ResNet-50-v1c, output stride 8; the default
    segformer-b0          SegFormer (arXiv:2105.15203) on MiT-B0
    maskrcnn-r50          Mask R-CNN (arXiv:1703.06870) on ResNet-50, the paper's: diver by diver (mask_rcnn.py)
    maskrcnn-small        the same, small; for CPUs
    unet-small            U-Net (arXiv:1505.04597) of 8 to 64 channels, at half the frame's size; for CPUs

All have two classes, background and diver, and see RGB frames normalised by ImageNet's mean and deviation.
"""

from typing import Any

from xdomain.core.errors import UserError

CLASSES = ("background", "diver")
NORM = {"type": "BN", "requires_grad": True}
# From mmseg's deviation of 0.01 AdamW's first steps turn every channel against the rare class, and p stays below 1/2.
LAST_LAYER = {"type": "Normal", "std": 0.1, "override": {"name": "conv_seg"}}
LOSS = {"type": "CrossEntropyLoss", "use_sigmoid": False}
# mmseg takes both classes' pixels for one region; class 0, the background, is left out by naming it as ignored.
DICE = {"type": "DiceLoss", "use_sigmoid": False, "naive_dice": True, "eps": 1.0, "ignore_index": 0, "loss_weight": 0.5}


PREPROCESSOR = {
    "type": "SegDataPreProcessor",
    "mean": [123.675, 116.28, 103.53],
    "std": [58.395, 57.12, 57.375],
    "pad_val": 0,
    "seg_pad_val": 255,
}


def _segmentor(backbone: dict, head: dict, auxiliary: dict | None = None) -> dict[str, Any]:
    common = {
        "num_classes": len(CLASSES),
        "norm_cfg": NORM,
        "align_corners": False,
        "dropout_ratio": 0.1,
        "init_cfg": LAST_LAYER,
    }
    return {
        "type": "EncoderDecoder",
        "data_preprocessor": PREPROCESSOR,
        "backbone": backbone,
        "decode_head": common | {"loss_decode": LOSS | {"loss_weight": 1.0}} | head,
        "auxiliary_head": auxiliary and common | {"loss_decode": LOSS | {"loss_weight": 0.4}} | auxiliary,
        "train_cfg": {},
        "test_cfg": {"mode": "whole"},
    }


def _resnet(depth: int, **changes: Any) -> dict[str, Any]:
    common = {"type": "ResNetV1c", "depth": depth, "num_stages": 4, "out_indices": (0, 1, 2, 3), "norm_cfg": NORM}
    return common | {"norm_eval": False, "style": "pytorch", "contract_dilation": True} | changes


MODELS: dict[str, dict[str, Any]] = {
    "deeplabv3plus-r50": _segmentor(
        _resnet(50, dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1)),
        {
            "type": "DepthwiseSeparableASPPHead",
            "in_channels": 2048,
            "in_index": 3,
            "channels": 512,
            "dilations": (1, 12, 24, 36),
            "c1_in_channels": 256,
            "c1_channels": 48,
        },
        {
            "type": "FCNHead",
            "in_channels": 1024,
            "in_index": 2,
            "channels": 256,
            "num_convs": 1,
            "concat_input": False,
        },
    ),
    "segformer-b0": _segmentor(
        {
            "type": "MixVisionTransformer",
            "in_channels": 3,
            "embed_dims": 32,
            "num_stages": 4,
            "num_layers": [2, 2, 2, 2],
            "num_heads": [1, 2, 5, 8],
            "patch_sizes": [7, 3, 3, 3],
            "sr_ratios": [8, 4, 2, 1],
            "out_indices": (0, 1, 2, 3),
            "mlp_ratio": 4,
            "qkv_bias": True,
            "drop_rate": 0.0,
            "attn_drop_rate": 0.0,
            "drop_path_rate": 0.1,
        },
        {
            "type": "SegformerHead",
            "in_channels": [32, 64, 160, 256],
            "in_index": [0, 1, 2, 3],
            "channels": 256,
        },
    ),
    "unet-small": _segmentor(
        {
            "type": "UNet",
            "in_channels": 3,
            "base_channels": 8,
            "num_stages": 4,
            "strides": (2, 1, 1, 1),  # at half the frame's size from the beginning: a quarter of the time
            "enc_num_convs": (2, 2, 2, 2),
            "dec_num_convs": (2, 2, 2),
            "downsamples": (True, True, True),
            "enc_dilations": (1, 1, 1, 1),
            "dec_dilations": (1, 1, 1),
            "norm_cfg": NORM,
        },
        {
            "type": "FCNHead",
            "in_channels": 8,
            "in_index": 3,
            "channels": 8,
            "num_convs": 0,
            "concat_input": False,
            "loss_decode": [LOSS | {"loss_weight": 1.0}, DICE],
        },
    ),
    # what pads a frame shows no diver
    "maskrcnn-r50": {
        "type": "MaskRCNN",
        "backbone": "resnet50",
        "data_preprocessor": PREPROCESSOR | {"seg_pad_val": 0},
    },
    "maskrcnn-small": {"type": "MaskRCNN", "backbone": "small", "data_preprocessor": PREPROCESSOR | {"seg_pad_val": 0}},
}

# Sides of a network's input are multiples of this: what is halved so often has to be doubled to the same size.
SIDES = {"unet-small": 16}


def finds_instances(name: str) -> bool:
    """Tell whether a network finds divers one by one, not a probability for each pixel."""
    return bool(MODELS[name]["type"] == "MaskRCNN")


def model_config(name: str) -> dict[str, Any]:
    """Make the mmsegmentation configuration of a network.

    Raises:
        UserError: there is none of that name.
    """
    if name not in MODELS:
        raise UserError(f"There is no segmentation model {name}: choose one of {', '.join(MODELS)}.")
    return MODELS[name]
