"""The gradients that the diver networks are trained with, against finite differences of their loss, in float64."""

import pytest
import torch

from segment.network.mmcv_ops import load_mmseg
from segment.network.models import MODELS, model_config
from xdomain.modelcheck.gradient import wrong_gradients
from xdomain.modelcheck.subject import double_precision

DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()
GEOMETRIES = [  # height, width of a training sample
    ("unet-small", 48, 64),  # of these tests
    pytest.param("unet-small", 240, 320, marks=pytest.mark.slow),  # of `make demo-paper`
    pytest.param("deeplabv3plus-r50", 64, 64, marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
    pytest.param("segformer-b0", 64, 64, marks=pytest.mark.slow),
]


def test_every_network_is_checked():
    """All but Mask R-CNN, whose loss jumps with the proposals that it chooses: no finite difference is its gradient."""
    chosen = {name for name in MODELS if name.startswith("maskrcnn-")}
    assert {getattr(case, "values", case)[0] for case in GEOMETRIES} == set(MODELS) - chosen


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("name", "height", "width"), GEOMETRIES)
def test_the_gradient_agrees_with_finite_differences(name, height, width, device):
    load_mmseg()
    from mmengine.structures import PixelData
    from mmseg.registry import MODELS as REGISTRY
    from mmseg.structures import SegDataSample

    with double_precision():
        torch.manual_seed(0)
        network = REGISTRY.build(model_config(name)).to(device, torch.float64).train()
        frames = torch.randn(2, 3, height, width).to(device).requires_grad_()
        samples = []
        for left in (0, width // 2):  # the diver's half
            divers = torch.zeros(1, height, width, dtype=torch.long, device=device)
            divers[..., left : left + width // 2] = 1
            samples.append(SegDataSample(gt_sem_seg=PixelData(data=divers)))

        def loss():
            torch.manual_seed(1)  # dropout drops the same
            return network.parse_losses(network.loss(frames, samples))[0]

        weights = {key: weight for key, weight in network.named_parameters() if weight.requires_grad}
        assert not wrong_gradients(loss, weights | {"frames": frames})
