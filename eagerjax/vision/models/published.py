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
    "mnasnet0_5": ("MNASNet0_5", 2_218_512, {
        "IMAGENET1K_V1": ("mnasnet0.5_top1_67.823-3ffadce67e.pth", {"crop_size": 224}),
    }),
    "mnasnet0_75": ("MNASNet0_75", 3_170_208, {
        "IMAGENET1K_V1": ("mnasnet0_75-7090bc5f.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "mnasnet1_0": ("MNASNet1_0", 4_383_312, {
        "IMAGENET1K_V1": ("mnasnet1.0_top1_73.512-f206786ef8.pth", {"crop_size": 224}),
    }),
    "mnasnet1_3": ("MNASNet1_3", 6_282_256, {
        "IMAGENET1K_V1": ("mnasnet1_3-a4c69d6f.pth", {"crop_size": 224, "resize_size": 232}),
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
    "regnet_x_16gf": ("RegNet_X_16GF", 54_278_536, {
        "IMAGENET1K_V1": ("regnet_x_16gf-2007eb11.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_x_16gf-ba3796d7.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_x_1_6gf": ("RegNet_X_1_6GF", 9_190_136, {
        "IMAGENET1K_V1": ("regnet_x_1_6gf-e3633e7f.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_x_1_6gf-a12f2b72.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_x_32gf": ("RegNet_X_32GF", 107_811_560, {
        "IMAGENET1K_V1": ("regnet_x_32gf-9d47f8d0.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_x_32gf-6eb8fdc6.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_x_3_2gf": ("RegNet_X_3_2GF", 15_296_552, {
        "IMAGENET1K_V1": ("regnet_x_3_2gf-f342aeae.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_x_3_2gf-7071aa85.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_x_400mf": ("RegNet_X_400MF", 5_495_976, {
        "IMAGENET1K_V1": ("regnet_x_400mf-adf1edd5.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_x_400mf-62229a5f.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_x_800mf": ("RegNet_X_800MF", 7_259_656, {
        "IMAGENET1K_V1": ("regnet_x_800mf-ad17e45c.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_x_800mf-94a99ebd.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_x_8gf": ("RegNet_X_8GF", 39_572_648, {
        "IMAGENET1K_V1": ("regnet_x_8gf-03ceed89.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_x_8gf-2b70d774.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_y_128gf": ("RegNet_Y_128GF", 644_812_894, {
        "IMAGENET1K_SWAG_LINEAR_V1": ("regnet_y_128gf_lc_swag-cbe8ce12.pth", {"crop_size": 224, "resize_size": 224, **_BICUBIC}),
        "IMAGENET1K_SWAG_E2E_V1": ("regnet_y_128gf_swag-c8ce3e52.pth", {"crop_size": 384, "resize_size": 384, **_BICUBIC}),
    }),
    "regnet_y_16gf": ("RegNet_Y_16GF", 83_590_140, {
        "IMAGENET1K_SWAG_E2E_V1": ("regnet_y_16gf_swag-43afe44d.pth", {"crop_size": 384, "resize_size": 384, **_BICUBIC}),
        "IMAGENET1K_SWAG_LINEAR_V1": ("regnet_y_16gf_lc_swag-f3ec0043.pth", {"crop_size": 224, "resize_size": 224, **_BICUBIC}),
        "IMAGENET1K_V1": ("regnet_y_16gf-9e6ed7dd.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_y_16gf-3e4a00f9.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_y_1_6gf": ("RegNet_Y_1_6GF", 11_202_430, {
        "IMAGENET1K_V1": ("regnet_y_1_6gf-b11a554e.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_y_1_6gf-0d7bc02a.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_y_32gf": ("RegNet_Y_32GF", 145_046_770, {
        "IMAGENET1K_SWAG_E2E_V1": ("regnet_y_32gf_swag-04fdfa75.pth", {"crop_size": 384, "resize_size": 384, **_BICUBIC}),
        "IMAGENET1K_SWAG_LINEAR_V1": ("regnet_y_32gf_lc_swag-e1583746.pth", {"crop_size": 224, "resize_size": 224, **_BICUBIC}),
        "IMAGENET1K_V1": ("regnet_y_32gf-4dee3f7a.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_y_32gf-8db6d4b5.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_y_3_2gf": ("RegNet_Y_3_2GF", 19_436_338, {
        "IMAGENET1K_V1": ("regnet_y_3_2gf-b5a9779c.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_y_3_2gf-9180c971.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_y_400mf": ("RegNet_Y_400MF", 4_344_144, {
        "IMAGENET1K_V1": ("regnet_y_400mf-c65dace8.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_y_400mf-e6988f5f.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_y_800mf": ("RegNet_Y_800MF", 6_432_512, {
        "IMAGENET1K_V1": ("regnet_y_800mf-1b27b58c.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_y_800mf-58fc7688.pth", {"crop_size": 224, "resize_size": 232}),
    }),
    "regnet_y_8gf": ("RegNet_Y_8GF", 39_381_472, {
        "IMAGENET1K_V1": ("regnet_y_8gf-d0d0e4a8.pth", {"crop_size": 224}),
        "IMAGENET1K_V2": ("regnet_y_8gf-dc2b1b54.pth", {"crop_size": 224, "resize_size": 232}),
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
