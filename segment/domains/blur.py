"""The background of the shape domains: a frame under a 55×55 Gaussian blur (paper, appendix)."""

import cv2
import numpy as np

SIZE = 55  # pixels
SIGMA = 15.0
KERNEL = cv2.getGaussianKernel(SIZE, SIGMA, cv2.CV_64F)  # (55, 1), sums to 1


def blurred(frame: np.ndarray) -> np.ndarray:
    """Blur `frame`, (H, W, 3) uint8.

    The kernel is an outer product, so 55 + 55 products do for the 3,025 of a direct convolution; they are summed as
    32-bit floats and rounded once. Borders mirror the frame without repeating its edge (reflect 101).
    """
    return cv2.sepFilter2D(frame, -1, KERNEL, KERNEL, borderType=cv2.BORDER_REFLECT_101)
