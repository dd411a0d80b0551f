"""The images that a published model was trained for."""

from eagerjax.utils.data.host import is_tensor
from eagerjax.vision.transforms import functional as F
from eagerjax.vision.transforms.base import Transform
from eagerjax.vision.transforms.functional import InterpolationMode


class ImageClassification(Transform):
    """Resize, cut out the middle, scale to 0..1, normalise. Takes Pillow images and tensors (..., C, H, W)."""

    def __init__(self, *, crop_size, resize_size=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
                 interpolation=InterpolationMode.BILINEAR, antialias=True):  # fmt: skip
        self.crop_size = [crop_size]
        self.resize_size = [resize_size]
        self.mean = list(mean)
        self.std = list(std)
        self.interpolation = F.mode_of(interpolation)
        self.antialias = antialias

    def forward(self, img):
        img = F.resize(img, self.resize_size, self.interpolation, antialias=self.antialias)
        img = F.center_crop(img, self.crop_size)
        if not is_tensor(img):
            img = F.pil_to_tensor(img)
        return F.normalize(F.convert_image_dtype(img), self.mean, self.std)

    def __repr__(self):
        names = ("crop_size", "resize_size", "mean", "std", "interpolation")
        return "\n".join([f"{type(self).__name__}(", *(f"    {n}={getattr(self, n)}" for n in names), ")"])
