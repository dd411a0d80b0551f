"""Blocks of networks and operations on boxes, with torchvision's names."""

from eagerjax.vision.ops.boxes import (
    batched_nms as batched_nms,
    box_area as box_area,
    box_convert as box_convert,
    box_iou as box_iou,
    clip_boxes_to_image as clip_boxes_to_image,
    generalized_box_iou as generalized_box_iou,
    nms as nms,
    remove_small_boxes as remove_small_boxes,
)
from eagerjax.vision.ops.misc import (
    MLP as MLP,
    Conv2dNormActivation as Conv2dNormActivation,
    Conv3dNormActivation as Conv3dNormActivation,
    FrozenBatchNorm2d as FrozenBatchNorm2d,
    Permute as Permute,
    SqueezeExcitation as SqueezeExcitation,
    StochasticDepth as StochasticDepth,
    stochastic_depth as stochastic_depth,
)
