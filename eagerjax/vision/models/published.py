"""Facts about the weights that were published for these networks: files, parameters, and the images they expect."""

from eagerjax.vision.transforms.functional import InterpolationMode

_BICUBIC = {"interpolation": InterpolationMode.BICUBIC}
_HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
_BYTES = {"mean": (0.48235, 0.45882, 0.40784), "std": (1 / 255, 1 / 255, 1 / 255)}

# name: (name of the enum, parameters, {member: (file, arguments of ImageClassification)}); the last member is the default.
PUBLISHED = {
    "alexnet": ("AlexNet", 61_100_840, {
        "IMAGENET1K_V1": ("alexnet-owt-7be5be79.pth", {"crop_size": 224}),
    }),
    "convnext_base": ("ConvNeXt_Base", 88_591_464, {
        "IMAGENET1K_V1": ("convnext_base-6075fbad.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "convnext_large": ("ConvNeXt_Large", 197_767_336, {
        "IMAGENET1K_V1": ("convnext_large-ea097f82.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "convnext_small": ("ConvNeXt_Small", 50_223_688, {
        "IMAGENET1K_V1": ("convnext_small-0c510722.pth", {"crop_size": 224, "resize_size": 230}),
    }),
    "convnext_tiny": ("ConvNeXt_Tiny", 28_589_128, {
        "IMAGENET1K_V1": ("convnext_tiny-983f1562.pth", {"crop_size": 224, "resize_size": 236}),
    }),
    "densenet121": ("DenseNet121", 7_978_856, {
        "IMAGENET1K_V1": ("densenet121-a639ec97.pth", {"crop_size": 224}),
    }),
    "densenet161": ("DenseNet161", 28_681_000, {
        "IMAGENET1K_V1": ("densenet161-8d451a50.pth", {"crop_size": 224}),
    }),
    "densenet169": ("DenseNet169", 14_149_480, {
        "IMAGENET1K_V1": ("densenet169-b2777c0a.pth", {"crop_size": 224}),
    }),
    "densenet201": ("DenseNet201", 20_013_928, {
        "IMAGENET1K_V1": ("densenet201-c1103571.pth", {"crop_size": 224}),
    }),
    "efficientnet_b0": ("EfficientNet_B0", 5_288_548, {
        "IMAGENET1K_V1": ("efficientnet_b0_rwightman-7f5810bc.pth", {"crop_size": 224, "resize_size": 256, **_BICUBIC}),
    }),
    "efficientnet_b1": ("EfficientNet_B1", 7_794_184, {
        "IMAGENET1K_V1": ("efficientnet_b1_rwightman-bac287d4.pth", {"crop_size": 240, "resize_size": 256, **_BICUBIC}),
        "IMAGENET1K_V2": ("efficientnet_b1-c27df63c.pth", {"crop_size": 240, "resize_size": 255}),
    }),
    "efficientnet_b2": ("EfficientNet_B2", 9_109_994, {
        "IMAGENET1K_V1": ("efficientnet_b2_rwightman-c35c1473.pth", {"crop_size": 288, "resize_size": 288, **_BICUBIC}),
    }),
    "efficientnet_b3": ("EfficientNet_B3", 12_233_232, {
        "IMAGENET1K_V1": ("efficientnet_b3_rwightman-b3899882.pth", {"crop_size": 300, "resize_size": 320, **_BICUBIC}),
    }),
    "efficientnet_b4": ("EfficientNet_B4", 19_341_616, {
        "IMAGENET1K_V1": ("efficientnet_b4_rwightman-23ab8bcd.pth", {"crop_size": 380, "resize_size": 384, **_BICUBIC}),
    }),
    "efficientnet_b5": ("EfficientNet_B5", 30_389_784, {
        "IMAGENET1K_V1": ("efficientnet_b5_lukemelas-1a07897c.pth", {"crop_size": 456, "resize_size": 456, **_BICUBIC}),
    }),
    "efficientnet_b6": ("EfficientNet_B6", 43_040_704, {
        "IMAGENET1K_V1": ("efficientnet_b6_lukemelas-24a108a5.pth", {"crop_size": 528, "resize_size": 528, **_BICUBIC}),
    }),
    "efficientnet_b7": ("EfficientNet_B7", 66_347_960, {
        "IMAGENET1K_V1": ("efficientnet_b7_lukemelas-c5b4e57e.pth", {"crop_size": 600, "resize_size": 600, **_BICUBIC}),
    }),
    "efficientnet_v2_l": ("EfficientNet_V2_L", 118_515_272, {
        "IMAGENET1K_V1": ("efficientnet_v2_l-59c71312.pth", {"crop_size": 480, "resize_size": 480, **_BICUBIC, **_HALF}),
    }),
    "efficientnet_v2_m": ("EfficientNet_V2_M", 54_139_356, {
        "IMAGENET1K_V1": ("efficientnet_v2_m-dc08266a.pth", {"crop_size": 480, "resize_size": 480}),
    }),
    "efficientnet_v2_s": ("EfficientNet_V2_S", 21_458_488, {
        "IMAGENET1K_V1": ("efficientnet_v2_s-dd5fe13b.pth", {"crop_size": 384, "resize_size": 384}),
    }),
    "googlenet": ("GoogLeNet", 6_624_904, {
        "IMAGENET1K_V1": ("googlenet-1378be20.pth", {"crop_size": 224}),
    }),
    "inception_v3": ("Inception_V3", 27_161_264, {
        "IMAGENET1K_V1": ("inception_v3_google-0cc3c7bd.pth", {"crop_size": 299, "resize_size": 342}),
    }),
    "mobilenet_v2": ("MobileNet_V2", 3_504_872, {
        "IMAGENET1K_V1": ("mobilenet_v2-b0353104.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("mobilenet_v2-7ebf99e0.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "mobilenet_v3_large": ("MobileNet_V3_Large", 5_483_032, {
        "IMAGENET1K_V1": ("mobilenet_v3_large-8738ca79.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("mobilenet_v3_large-5c1a4163.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "mobilenet_v3_small": ("MobileNet_V3_Small", 2_542_856, {
        "IMAGENET1K_V1": ("mobilenet_v3_small-047dcff4.pth", {"crop_size": 224}),
    }),
    "resnet101": ("ResNet101", 44_549_160, {
        "IMAGENET1K_V1": ("resnet101-63fe2227.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("resnet101-cd907fc2.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "resnet152": ("ResNet152", 60_192_808, {
        "IMAGENET1K_V1": ("resnet152-394f9c45.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("resnet152-f82ba261.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "resnet18": ("ResNet18", 11_689_512, {
        "IMAGENET1K_V1": ("resnet18-f37072fd.pth", {"crop_size": 224}),
    }),
    "resnet34": ("ResNet34", 21_797_672, {
        "IMAGENET1K_V1": ("resnet34-b627a593.pth", {"crop_size": 224}),
    }),
    "resnet50": ("ResNet50", 25_557_032, {
        "IMAGENET1K_V1": ("resnet50-0676ba61.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("resnet50-11ad3fa6.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "resnext101_32x8d": ("ResNeXt101_32X8D", 88_791_336, {
        "IMAGENET1K_V1": ("resnext101_32x8d-8ba56ff5.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("resnext101_32x8d-110c445d.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "resnext101_64x4d": ("ResNeXt101_64X4D", 83_455_272, {
        "IMAGENET1K_V1": ("resnext101_64x4d-173b62eb.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "resnext50_32x4d": ("ResNeXt50_32X4D", 25_028_904, {
        "IMAGENET1K_V1": ("resnext50_32x4d-7cdf4587.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("resnext50_32x4d-1a0047aa.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "shufflenet_v2_x0_5": ("ShuffleNet_V2_X0_5", 1_366_792, {
        "IMAGENET1K_V1": ("shufflenetv2_x0.5-f707e7126e.pth", {"crop_size": 224}),
    }),
    "shufflenet_v2_x1_0": ("ShuffleNet_V2_X1_0", 2_278_604, {
        "IMAGENET1K_V1": ("shufflenetv2_x1-5666bf0f80.pth", {"crop_size": 224}),
    }),
    "shufflenet_v2_x1_5": ("ShuffleNet_V2_X1_5", 3_503_624, {
        "IMAGENET1K_V1": ("shufflenetv2_x1_5-3c479a10.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "shufflenet_v2_x2_0": ("ShuffleNet_V2_X2_0", 7_393_996, {
        "IMAGENET1K_V1": ("shufflenetv2_x2_0-8be3c8ee.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "squeezenet1_0": ("SqueezeNet1_0", 1_248_424, {
        "IMAGENET1K_V1": ("squeezenet1_0-b66bff10.pth", {"crop_size": 224}),
    }),
    "squeezenet1_1": ("SqueezeNet1_1", 1_235_496, {
        "IMAGENET1K_V1": ("squeezenet1_1-b8a52dc0.pth", {"crop_size": 224}),
    }),
    "swin_b": ("Swin_B", 87_768_224, {
        "IMAGENET1K_V1": ("swin_b-68c6b09e.pth", {"crop_size": 224, "resize_size": 238, **_BICUBIC}),
    }),
    "swin_s": ("Swin_S", 49_606_258, {
        "IMAGENET1K_V1": ("swin_s-5e29d889.pth", {"crop_size": 224, "resize_size": 246, **_BICUBIC}),
    }),
    "swin_t": ("Swin_T", 28_288_354, {
        "IMAGENET1K_V1": ("swin_t-704ceda3.pth", {"crop_size": 224, "resize_size": 232, **_BICUBIC}),
    }),
    "swin_v2_b": ("Swin_V2_B", 87_930_848, {
        "IMAGENET1K_V1": ("swin_v2_b-781e5279.pth", {"crop_size": 256, "resize_size": 272, **_BICUBIC}),
    }),
    "swin_v2_s": ("Swin_V2_S", 49_737_442, {
        "IMAGENET1K_V1": ("swin_v2_s-637d8ceb.pth", {"crop_size": 256, "resize_size": 260, **_BICUBIC}),
    }),
    "swin_v2_t": ("Swin_V2_T", 28_351_570, {
        "IMAGENET1K_V1": ("swin_v2_t-b137f0e2.pth", {"crop_size": 256, "resize_size": 260, **_BICUBIC}),
    }),
    "vgg11": ("VGG11", 132_863_336, {
        "IMAGENET1K_V1": ("vgg11-8a719046.pth", {"crop_size": 224}),
    }),
    "vgg11_bn": ("VGG11_BN", 132_868_840, {
        "IMAGENET1K_V1": ("vgg11_bn-6002323d.pth", {"crop_size": 224}),
    }),
    "vgg13": ("VGG13", 133_047_848, {
        "IMAGENET1K_V1": ("vgg13-19584684.pth", {"crop_size": 224}),
    }),
    "vgg13_bn": ("VGG13_BN", 133_053_736, {
        "IMAGENET1K_V1": ("vgg13_bn-abd245e5.pth", {"crop_size": 224}),
    }),
    "vgg16": ("VGG16", 138_357_544, {
        "IMAGENET1K_FEATURES": ("vgg16_features-amdegroot-88682ab5.pth", {"crop_size": 224, **_BYTES}),
        "IMAGENET1K_V1": ("vgg16-397923af.pth", {"crop_size": 224}),
    }),
    "vgg16_bn": ("VGG16_BN", 138_365_992, {
        "IMAGENET1K_V1": ("vgg16_bn-6c64b313.pth", {"crop_size": 224}),
    }),
    "vgg19": ("VGG19", 143_667_240, {
        "IMAGENET1K_V1": ("vgg19-dcbb9e9d.pth", {"crop_size": 224}),
    }),
    "vgg19_bn": ("VGG19_BN", 143_678_248, {
        "IMAGENET1K_V1": ("vgg19_bn-c79401a0.pth", {"crop_size": 224}),
    }),
    "vit_b_16": ("ViT_B_16", 86_567_656, {
        "IMAGENET1K_SWAG_E2E_V1": ("vit_b_16_swag-9ac1b537.pth", {"crop_size": 384, "resize_size": 384, **_BICUBIC}),
        "IMAGENET1K_SWAG_LINEAR_V1": ("vit_b_16_lc_swag-4e70ced5.pth", {"crop_size": 224, "resize_size": 224, **_BICUBIC}),
        "IMAGENET1K_V1": ("vit_b_16-c867db91.pth", {"crop_size": 224}),
    }),
    "vit_b_32": ("ViT_B_32", 88_224_232, {
        "IMAGENET1K_V1": ("vit_b_32-d86f8d99.pth", {"crop_size": 224}),
    }),
    "vit_h_14": ("ViT_H_14", 633_470_440, {
        "IMAGENET1K_SWAG_LINEAR_V1": ("vit_h_14_lc_swag-c1eb923e.pth", {"crop_size": 224, "resize_size": 224, **_BICUBIC}),
        "IMAGENET1K_SWAG_E2E_V1": ("vit_h_14_swag-80465313.pth", {"crop_size": 518, "resize_size": 518, **_BICUBIC}),
    }),
    "vit_l_16": ("ViT_L_16", 304_326_632, {
        "IMAGENET1K_SWAG_E2E_V1": ("vit_l_16_swag-4f3808c9.pth", {"crop_size": 512, "resize_size": 512, **_BICUBIC}),
        "IMAGENET1K_SWAG_LINEAR_V1": ("vit_l_16_lc_swag-4d563306.pth", {"crop_size": 224, "resize_size": 224, **_BICUBIC}),
        "IMAGENET1K_V1": ("vit_l_16-852ce7e3.pth", {"crop_size": 224, "resize_size": 242}),
    }),
    "vit_l_32": ("ViT_L_32", 306_535_400, {
        "IMAGENET1K_V1": ("vit_l_32-c7638314.pth", {"crop_size": 224}),
    }),
    "wide_resnet101_2": ("Wide_ResNet101_2", 126_886_696, {
        "IMAGENET1K_V1": ("wide_resnet101_2-32ee1156.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("wide_resnet101_2-d733dc28.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "wide_resnet50_2": ("Wide_ResNet50_2", 68_883_240, {
        "IMAGENET1K_V1": ("wide_resnet50_2-95faca4d.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("wide_resnet50_2-9ba9bcbe.pth", {"crop_size": 224, "resize_size": 232}),
    }),
}  # fmt: skip
