"""Detectors of the other two kinds, by torchvision: a one-stage one (FCOS) and a two-stage one (Faster R-CNN).

Tian et al., "FCOS: Fully Convolutional One-Stage Object Detection" (ICCV 2019), answers with a box a cell, as SSD and
YOLO do; Ren et al., "Faster R-CNN" (NeurIPS 2015), proposes regions first and looks at each again. Both stand on a
ResNet-18 with a feature pyramid (Lin et al. 2017) whose finest level has stride 4; what the library leaves open
(anchors, widths, how many finds a page may have) is set here for small, crowded symbols. Weights are random at first:
no detector of the comparison has seen a photograph.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from omr.errors import DataError
from omr.files import replacing
from omr.types import Box, Symbol
from omr.types.vocabulary import ID, NAMES

KINDS = ("one-stage", "two-stage")
STRIDES = (4, 8, 16, 32)
WIDTH = 96
"""Of the feature pyramid."""
MOST_FINDS = 2000
"""A page; the libraries' usual 100 would leave out most of the music."""
LEAST_SCORE = 0.02
CHECKPOINT_EVERY = 50
STATE = "state.pt"


def require() -> None:
    """Raises DataError without torchvision. Imports nothing: PyTorch and TensorFlow do not live in one process."""
    if importlib.util.find_spec("torchvision") is None:
        raise DataError("the other detectors come from torchvision, which is not installed: pip install 'omr[rivals]'")


def build(kind: str) -> Any:
    """A torch module with random weights."""
    from torchvision.models import resnet18
    from torchvision.models.detection import FCOS, FasterRCNN
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.models.detection.backbone_utils import BackboneWithFPN
    from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
    from torchvision.models.detection.fcos import FCOSHead
    from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

    layers = {f"layer{i}": str(i - 1) for i in (1, 2, 3)}
    body = BackboneWithFPN(resnet18(weights=None), layers, [64, 128, 256], WIDTH, LastLevelMaxPool())
    # Pages come at one scale, as ink on paper: nothing is to be resized or normalised.
    plain = {"image_mean": [0.0] * 3, "image_std": [1.0] * 3, "_skip_resize": True}
    if kind == "one-stage":
        anchors = AnchorGenerator(tuple((s,) for s in STRIDES), ((1.0,),) * len(STRIDES))
        head = FCOSHead(WIDTH, 1, len(NAMES) + 1, num_convs=2)
        model = FCOS(body, len(NAMES) + 1, anchor_generator=anchors, head=head, score_thresh=LEAST_SCORE,
                     detections_per_img=MOST_FINDS, topk_candidates=MOST_FINDS, **plain)
    else:
        anchors = AnchorGenerator(tuple((2 * s,) for s in STRIDES), ((0.4, 1.0, 2.5),) * len(STRIDES))
        model = FasterRCNN(
            body, rpn_anchor_generator=anchors, box_score_thresh=LEAST_SCORE, box_detections_per_img=MOST_FINDS,
            box_head=TwoMLPHead(WIDTH * 7 * 7, 256), box_predictor=FastRCNNPredictor(256, len(NAMES) + 1),
            rpn_pre_nms_top_n_train=1000, rpn_post_nms_top_n_train=500,
            rpn_pre_nms_top_n_test=2 * MOST_FINDS, rpn_post_nms_top_n_test=MOST_FINDS, **plain)
    return model


def train(kind: str, crops: Callable[[int], Callable[[], Any]], folder: Path, steps: int, batch: int, rate: float,
          seed: int) -> Any:
    """The model after so many batches of crops. `folder` keeps its state; the same call goes on.

    crops(seed): answers with a function that cuts one crop after the other, as `as_torch` takes them.
    """
    import torch

    torch.manual_seed(seed)
    model = build(kind)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-4)
    warmup = max(steps // 20, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / warmup, 0.5 + 0.5 * math.cos(math.pi * min(s / steps, 1))))
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    state, step = folder / STATE, 0
    if state.exists():
        saved = torch.load(state, weights_only=True)
        step = saved.pop("step")
        for name, part in parts.items():
            part.load_state_dict(saved[name])
    cut = crops(seed + step)
    model.train()
    with tqdm(total=steps, initial=step, unit="batch", desc=kind, mininterval=5) as bar:
        while step < steps:
            images, truths = zip(*(as_torch(cut()) for _ in range(batch)), strict=True)
            loss = sum(model(list(images), list(truths)).values())
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            step += 1
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.3f}")
            if step % CHECKPOINT_EVERY == 0 or step == steps:
                with replacing(state) as temporary:
                    torch.save({"step": step, **{n: p.state_dict() for n, p in parts.items()}}, temporary)
    return model


def open_reader(kind: str, folder: Path) -> tuple[Callable[[np.ndarray], tuple[list[Symbol], int]], int]:
    """`find` with the model that `train` left in `folder`, and how many parameters it has."""
    import torch

    model = build(kind)
    model.load_state_dict(torch.load(folder / STATE, weights_only=True)["model"])
    return partial(find, model), sum(p.numel() for p in model.parameters())


def as_torch(crop: Any) -> tuple[Any, dict[str, Any]]:
    """Of a crop's `pixels` and `symbols`: the image, (3, H, W) float, 1 = ink, and those symbols whose middle lies in
    it: boxes (N, 4), left, top, right, bottom, and labels (N,); 0 is the background's."""
    import torch

    height, width = crop.pixels.shape
    inside = [s for s in crop.symbols if 0 < s.box.center[0] < height and 0 < s.box.center[1] < width]
    boxes = np.array([[max(s.box.left, 0), max(s.box.top, 0), min(s.box.right, width), min(s.box.bottom, height)]
                      for s in inside], np.float32).reshape(-1, 4)
    kept = ((boxes[:, 2:] - boxes[:, :2]) >= 1).all(1)
    labels = np.array([ID[s.name] + 1 for s in inside], np.int64)
    return _image(crop.pixels), {"boxes": torch.from_numpy(boxes[kept]), "labels": torch.from_numpy(labels[kept])}


def find(model: Any, pixels: np.ndarray) -> tuple[list[Symbol], int]:
    """The symbols of a page (H, W) uint8, and of how many places the last stage had to decide."""
    import torch

    seen: list[int] = []
    two_stage = hasattr(model, "rpn")

    def count(module: Any, given: Any, answer: Any) -> None:
        seen.append(len(answer[0][0]) if two_stage else answer["cls_logits"].shape[1])

    hook = (model.rpn if two_stage else model.head).register_forward_hook(count)
    model.eval()
    try:
        with torch.inference_mode():
            found = model([_image(pixels)])[0]
    finally:
        hook.remove()
    rows = zip(found["boxes"].tolist(), found["labels"].tolist(), found["scores"].tolist(), strict=True)
    symbols = [Symbol(i, NAMES[label - 1], Box(top, left, bottom, right), score)
               for i, ((left, top, right, bottom), label, score) in enumerate(rows) if right > left and bottom > top]
    return symbols, seen[0]


def _image(pixels: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(1 - pixels.astype(np.float32) / 255).expand(3, -1, -1)
