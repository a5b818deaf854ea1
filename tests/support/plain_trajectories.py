"""The trajectories of Temporal Shape, one clip and one frame at a time, written from the paper's table alone.

Plain Python with a generator of its own; nothing here knows the project's.
"""

import math
import random

FRAMES = 20
CIRCLE, SPIRAL, LINE, RECTANGLE, ARC = range(5)


def plain_clip(chance: random.Random, label: int, width: int) -> list[tuple[float, float]]:
    """The positions (x, y) of one clip's 20 frames."""
    velocities, reach = VELOCITIES[label](chance, width)
    low = 2 * reach + width
    x, y = float(chance.randrange(low, 64 - low)), float(chance.randrange(low, 64 - low))
    x_sign = y_sign = 1
    positions = []
    for vx, vy in velocities:
        positions.append((x, y))
        if not 0 <= x + x_sign * vx <= 64 - width:
            x_sign = -x_sign
        if not 0 <= y + y_sign * vy <= 64 - width:
            y_sign = -y_sign
        x, y = x + x_sign * vx, y + y_sign * vy
    return positions


def circle(chance, width):
    angles = [2 * math.pi * frame / (FRAMES - 1) for frame in range(FRAMES)]
    if chance.random() < 0.5:
        angles.reverse()
    first = chance.randrange(FRAMES)
    return [(2 * math.cos(angle), 2 * math.sin(angle)) for angle in angles[first:] + angles[:first]], 8


def arc(chance, width):
    first = chance.uniform(0, 2 * math.pi)
    angles = [first + math.pi * frame / (FRAMES - 1) for frame in range(FRAMES)]
    if chance.random() < 0.5:
        angles.reverse()
    return [(2 * math.cos(angle), 2 * math.sin(angle)) for angle in angles], 8


def spiral(chance, width):
    reach = 8 if width == 14 else 10
    times = [reach * frame / (FRAMES - 1) for frame in range(FRAMES)]
    if chance.random() < 0.5:
        times.reverse()
    scale = chance.choice([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    return [(scale * t * math.cos(t), scale * t * math.sin(t)) for t in times], reach


def line(chance, width):
    speed, angle = chance.choice([1, 2, 3]), chance.uniform(0, 2 * math.pi)
    return [(speed * math.cos(angle), speed * math.sin(angle))] * FRAMES, 2 * speed


def rectangle(chance, width):
    speed = chance.choice([1, 2, 3])
    directions = [(0, -1), (-1, 0), (0, 1), (1, 0)]  # up, left, down, right
    if chance.random() < 0.5:
        directions.reverse()
    first = chance.randrange(4)
    sides = directions[first:] + directions[:first]
    return [(speed * x, speed * y) for x, y in sides for _ in range(FRAMES // 4)], 2 * speed


VELOCITIES = {CIRCLE: circle, SPIRAL: spiral, LINE: line, RECTANGLE: rectangle, ARC: arc}
