"""The noise against a loop over pixels, and against the released clips' statistics."""

import math

import numpy as np
import pytest

from xdomain.datasets.temporal_shape.perlin import background, noise


def noise_at(gradients, row, column, cells):
    """Perlin's definition for one pixel: four corners' ramps, mixed by the quintic fade."""
    y, x = row * cells / 64, column * cells / 64
    top, left = math.floor(y), math.floor(x)

    def fade(t):
        return 6 * t**5 - 15 * t**4 + 10 * t**3

    def ramp(corner_y, corner_x):
        gx, gy = gradients[0][corner_y][corner_x], gradients[1][corner_y][corner_x]
        return gx * (x - corner_x) + gy * (y - corner_y)

    across, down = fade(x - left), fade(y - top)
    upper = (1 - across) * ramp(top, left) + across * ramp(top, left + 1)
    lower = (1 - across) * ramp(top + 1, left) + across * ramp(top + 1, left + 1)
    return (1 - down) * upper + down * lower


@pytest.mark.parametrize("cells", [1, 3, 8, 9])
def test_the_field_is_perlins_pixel_by_pixel(cells):
    gradients = np.random.default_rng(cells).uniform(-1, 1, size=(2, 2, cells + 1, cells + 1))
    wanted = [
        [[noise_at(frame, row, column, cells) for column in range(64)] for row in range(64)] for frame in gradients
    ]
    np.testing.assert_allclose(noise(gradients), wanted, atol=1e-12)


def test_a_gradient_along_x_makes_a_ramp_along_columns():
    gradients = np.zeros((1, 2, 2, 2))
    gradients[0, 0] = 1
    assert noise(gradients)[0, 5, 16] != 0
    assert (noise(gradients)[0, :, 16] == noise(gradients)[0, 0, 16]).all()


def backgrounds(seed, clips, cells, intensity=1.0):
    """Clips (N, 20, 64, 64) of background alone, as they are stored."""
    rng = np.random.default_rng(seed)
    fields = np.stack([background(rng, cells, intensity) for _ in range(clips)])
    return fields.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("cells", range(1, 10))
def test_backgrounds_have_the_released_clips_statistics(cells):
    clips = backgrounds(1, 40, cells)
    assert clips.mean() == pytest.approx(18, abs=1.5)
    assert clips.std() == pytest.approx(26, abs=2)
    assert (clips > 30).mean() == pytest.approx(0.24, abs=0.02)


def test_the_background_is_signed_and_in_proportion_to_its_intensity():
    half, full = (background(np.random.default_rng(3), 5, intensity) for intensity in (0.5, 1.0))
    np.testing.assert_allclose(2 * half, full)
    assert full.min() < -100
    assert full.max() > 100


def test_the_field_has_the_released_deviation_and_range():
    field = noise(np.random.default_rng(2).uniform(-1, 1, size=(400, 2, 6, 6)))
    assert 0.17 < field.std() < 0.18
    assert abs(field.mean()) < 0.01
    assert np.quantile(np.abs(field), 0.9999) == pytest.approx(0.6, abs=0.1)


def test_every_frame_has_a_field_of_its_own():
    clips = backgrounds(4, 20, 9).reshape(20, 20, -1).astype(float)
    next_frame = [np.corrcoef(clip[t], clip[t + 1])[0, 1] for clip in clips for t in range(19)]
    assert abs(np.mean(next_frame)) < 0.1  # not nought: all are black at the lattice's corners


def test_the_lattice_is_the_one_asked_for():
    """Noise is nought at the corners, here every 8 pixels, and hardly anywhere else."""
    clip = backgrounds(5, 1, 8)[0]
    assert (clip[:, ::8, ::8] == 0).all()
    assert (clip[:, 4::8, 4::8] > 0).mean() > 0.4
