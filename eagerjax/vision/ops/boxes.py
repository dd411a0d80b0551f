"""Boxes (x1, y1, x2, y2): areas, overlaps, other forms, and the suppression of those that say the same."""

import numpy as np

from eagerjax.namespace import torch
from eagerjax.runtime.dtype import float32, float64, int32, int64


def box_area(boxes):
    """(N,) of (N, 4)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _wide(boxes):
    """Half precision and small integers overflow in products."""
    if boxes.is_floating_point():
        return boxes if boxes.dtype in (float32, float64) else boxes.float()
    return boxes if boxes.dtype in (int32, int64) else boxes.int()


def _overlaps(first, second):
    first, second = _wide(first), _wide(second)
    size = (torch.min(first[:, None, 2:], second[:, 2:]) - torch.max(first[:, None, :2], second[:, :2])).clamp(min=0)
    common = size[:, :, 0] * size[:, :, 1]
    return common, box_area(first)[:, None] + box_area(second) - common


def box_iou(boxes1, boxes2):
    """(N, M): what two boxes have in common, as a share of what they cover together."""
    common, union = _overlaps(boxes1, boxes2)
    return common / union


def generalized_box_iou(boxes1, boxes2):
    """`box_iou`, less the share of the smallest box around both that neither covers. Source: Rezatofighi et al. 2019."""
    common, union = _overlaps(boxes1, boxes2)
    low, high = torch.min(boxes1[:, None, :2], boxes2[:, :2]), torch.max(boxes1[:, None, 2:], boxes2[:, 2:])
    size = _wide(high - low).clamp(min=0)
    around = size[:, :, 0] * size[:, :, 1]
    return common / union - (around - union) / around


def _to_corners(boxes, form):
    a, b, c, d = boxes.unbind(-1)
    if form == "xyxy":
        return boxes
    if form == "xywh":
        return torch.stack([a, b, a + c, b + d], -1)
    return torch.stack([a - 0.5 * c, b - 0.5 * d, a + 0.5 * c, b + 0.5 * d], -1)


def box_convert(boxes, in_fmt, out_fmt):
    """Boxes (..., 4) in another form: "xyxy", "xywh" or "cxcywh". Raises ValueError for other forms."""
    if not {in_fmt, out_fmt} <= {"xyxy", "xywh", "cxcywh"}:
        raise ValueError(f"Unsupported Bounding Box Conversions for given in_fmt {in_fmt} and out_fmt {out_fmt}")
    if in_fmt == out_fmt:
        return boxes.clone()
    boxes = _to_corners(boxes, in_fmt)
    x1, y1, x2, y2 = boxes.unbind(-1)
    if out_fmt == "xywh":
        return torch.stack([x1, y1, x2 - x1, y2 - y1], -1)
    if out_fmt == "cxcywh":
        return torch.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], -1)
    return boxes


def clip_boxes_to_image(boxes, size):
    """Boxes cut at the edges of an image of (height, width)."""
    height, width = size
    x, y = boxes[..., 0::2].clamp(min=0, max=width), boxes[..., 1::2].clamp(min=0, max=height)
    return torch.stack((x, y), dim=boxes.dim()).reshape(boxes.shape)


def remove_small_boxes(boxes, min_size):
    """Places of the boxes whose sides are at least `min_size`."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return torch.where((sides >= min_size).all(dim=1))[0]


def nms(boxes, scores, iou_threshold):
    """Places of the boxes that remain, best first, when each takes away those below it that overlap it by more.

    How many remain depends on the values, so it is found out on the host.
    """
    if boxes.dim() != 2 or boxes.shape[1] != 4:
        raise RuntimeError(f"boxes should be a 2d tensor of (N, 4), got {tuple(boxes.shape)}")
    if len(boxes) != len(scores):
        raise RuntimeError("boxes and scores should have same number of elements in dimension 0, got "
                           f"{len(boxes)} and {len(scores)}")  # fmt: skip
    box = np.asarray(_wide(boxes.detach()).cpu().numpy())
    order = np.argsort(-scores.detach().cpu().numpy(), kind="stable")
    area = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
    keep = []
    while len(order):
        best, rest = order[0], order[1:]
        keep.append(best)
        size = np.minimum(box[best, 2:], box[rest, 2:]) - np.maximum(box[best, :2], box[rest, :2])
        common = np.prod(np.maximum(size, 0), axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):  # empty boxes overlap nothing: 0 / 0 is not above
            order = rest[~(common / (area[best] + area[rest] - common) > iou_threshold)]
    return torch.tensor(np.asarray(keep, np.int64), device=boxes.device)


def batched_nms(boxes, scores, idxs, iou_threshold):
    """`nms` within each group of equal `idxs`: the groups are moved apart so that they do not meet."""
    if boxes.numel() == 0:
        return torch.empty((0,), dtype=int64, device=boxes.device)
    apart = idxs.to(boxes) * (boxes.max() + 1)
    return nms(boxes + apart[:, None], scores, iou_threshold)
