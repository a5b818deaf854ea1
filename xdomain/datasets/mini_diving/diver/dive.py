"""Move a diver as its class says: from the vocabulary's four words to joint positions over time.

World axes in metres: x away from the board's tip, y away from the camera's side, z up from the water.
The shape of the body sets its rotation rate, as in the air: angular momentum is kept, so a tuck turns fast.
"""

from dataclasses import dataclass

import numpy as np

from xdomain.datasets.mini_diving.diver.body import ANGLES, JOINTS, centre_of_mass, inertia, joints

GRAVITY = 9.81
LEAN = 0.15  # radians turned when the feet leave the board
TOES = [JOINTS.index(f"toe_{side}") for side in "lr"]

# Body shapes; angles not named are 0.
STAND = {"lift_l": 0.1, "lift_r": 0.1, "out_l": 0.15, "out_r": 0.15}
RAISED = {"lift_l": 2.9, "lift_r": 2.9, "out_l": 0.3, "out_r": 0.3}
CROUCH = {"hip": 1.0, "knee": 1.5, "lift_l": -0.7, "lift_r": -0.7, "out_l": 0.2, "out_r": 0.2}
LEAP = {"point": 1, "lift_l": 2.8, "lift_r": 2.8, "out_l": 0.1, "out_r": 0.1}
SHAPES = {
    "PIKE": {"hip": 2.45, "point": 1, "curl": 0.3, "lift_l": 1.25, "lift_r": 1.25, "elbow_l": 0.5, "elbow_r": 0.5},
    "TUCK": {"hip": 2.5, "knee": 2.5, "point": 1, "curl": 0.7, "lift_l": 0.55, "lift_r": 0.55}
    | {"elbow_l": 0.9, "elbow_r": 0.9},
    "STR": {"hip": -0.15, "point": 1, "curl": -0.2, "lift_l": 1.2, "lift_r": 1.2, "out_l": 1.35, "out_r": 1.35},
    "FREE": {"hip": 1.5, "point": 1, "curl": 0.2, "lift_l": 1.2, "lift_r": 1.2, "elbow_l": 0.4, "elbow_r": 0.4},
}
TWISTING = {"point": 1, "lift_l": 2.5, "elbow_l": 1.3, "out_l": 0.1, "lift_r": 0.7, "elbow_r": 1.7, "out_r": -0.3}
REACH = {"point": 1, "lift_l": 3.1, "lift_r": 3.1, "out_l": -0.2, "out_r": -0.2}  # head first
AT_SIDES = {"point": 1, "lift_l": 0.05, "lift_r": 0.05, "out_l": 0.05, "out_r": 0.05}  # feet first


@dataclass(frozen=True)
class Dive:
    """A class in numbers."""

    facing: int  # 1 towards the water, -1 towards the board
    turning: int  # 1 the head goes away from the board, -1 towards it
    somersaults: float
    twists: float
    position: str  # PIKE, TUCK, STR or FREE

    @classmethod
    def of(cls, words: list[str]) -> "Dive":
        """Make the dive of the vocabulary's [takeoff, somersault, twist, position]."""
        takeoff, somersault, twist, position = words
        facing, turning = {"Forward": (1, 1), "Back": (-1, 1), "Reverse": (1, -1), "Inward": (-1, -1)}[takeoff]
        somersaults = 0.5 if somersault == "Dive" else _number(somersault.removesuffix("som"))
        twists = 0.0 if twist == "NoTwis" else _number(twist.removesuffix("Twis"))
        return cls(facing, turning, somersaults, twists, position)

    @property
    def head_first(self) -> bool:
        """Whether the hands meet the water first."""
        return self.somersaults % 1 == 0.5


def _number(digits: str) -> float:
    """Parse a count of turns: '25' is two and a half, '3' three."""
    return int(digits) / 10 if len(digits) == 2 else float(digits)


@dataclass(frozen=True)
class Launch:
    """How one diver leaves its board."""

    height: float  # of the board above the water
    springs: bool  # a springboard, whose tip gives way
    up: float  # metres a second
    away: float
    wait: float  # seconds shown before the feet leave


@dataclass(frozen=True)
class Motion:
    """One diver's way: `positions` (F, J, 3) at the F times asked for, and when and where it meets the water."""

    positions: np.ndarray
    centre: np.ndarray  # (F, 3)
    tip: np.ndarray  # (F,) metres by which the board's tip is up
    entry_time: float  # seconds after the feet left
    entry_x: float


def _shapes(dive: Dive, launch: Launch, flight: float) -> tuple[list[float], list[dict[str, float]]]:
    """List key shapes and their times in seconds; the feet leave at 0."""
    times = [-launch.wait, -0.45, -0.2, 0.0]
    shapes = [STAND, RAISED, CROUCH, LEAP]
    end = REACH if dive.head_first else AT_SIDES
    shape = SHAPES[dive.position]
    if dive.twists:
        folded = (0.62, 0.80) if dive.position == "FREE" else (0.48, 0.80)
        times += [0.13 * flight, (folded[0] - 0.10) * flight, *(part * flight for part in folded), 0.94 * flight]
        shapes += [TWISTING, TWISTING, shape, shape, end]
    elif dive.somersaults < 1:
        times += [0.34 * flight, 0.50 * flight, 0.76 * flight]
        shapes += [shape, shape, end]
    else:
        times += [0.20 * flight, 0.76 * flight, 0.92 * flight]
        shapes += [shape, shape, end]
    return times, shapes


def _smooth(part: np.ndarray) -> np.ndarray:
    """Ease from 0 to 1 with flat ends."""
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)


def _poses(key_times: list[float], shapes: list[dict[str, float]], times: np.ndarray) -> np.ndarray:
    """Compute poses (F, len(ANGLES)) at these `times`, easing from one key shape to the next."""
    keys = np.array([[shape.get(name, 0.0) for name in ANGLES] for shape in shapes])
    after = np.clip(np.searchsorted(key_times, times), 1, len(key_times) - 1)
    start, end = np.array(key_times)[after - 1], np.array(key_times)[after]
    part = _smooth((times - start) / (end - start))[:, None]
    return keys[after - 1] * (1 - part) + keys[after] * part


def flight_time(launch: Launch) -> float:
    """Compute the seconds from the board until the centre of mass is an arm's reach above the water."""
    drop = launch.height + 0.95 - 1.05  # from the height at which it leaves
    return (launch.up + np.sqrt(launch.up**2 + 2 * GRAVITY * drop)) / GRAVITY


def move(dive: Dive, launch: Launch, size: float, times: np.ndarray) -> Motion:
    """Compute where the joints of a diver (`size` times 1.7 m tall) are at these `times`."""
    flight = flight_time(launch)
    key_times, shapes = _shapes(dive, launch, flight)
    body = size * joints(_poses(key_times, shapes, times))  # (F, J, 3), relative to the pelvis

    # Somersault: inversely as the inertia, from the lean at takeoff to the whole angle at the water.
    fine = np.linspace(0, flight, 200)
    rate = 1 / inertia(joints(_poses(key_times, shapes, fine)))
    turned = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2)])
    angle = LEAN + (dive.somersaults * 2 * np.pi - LEAN) * np.interp(times, fine, turned / turned[-1])
    angle = np.where(times < 0, LEAN * _smooth(1 + times / 0.2), angle)
    twist_end = 0.58 if dive.position == "FREE" else 0.44
    twist = 2 * np.pi * dive.twists * _smooth((times / flight - 0.08) / (twist_end - 0.08))
    turn = _rotation_y(dive.turning * angle) @ _rotation_z(twist + (0 if dive.facing > 0 else np.pi))  # (F, 3, 3)
    body = np.einsum("fab,fjb->fja", turn, body)

    # Until it leaves, the feet stand on the tip; then the centre of mass flies.
    tip = np.zeros_like(times)
    if launch.springs:
        after = np.clip(times, 0, None)
        swing = 0.16 * np.exp(-2.5 * after) * np.sin(14 * after)
        tip = np.where(times < 0, -0.28 * np.sin(np.pi * np.clip(-times / 0.4, 0, 1)), swing)
    sole = size * 0.02
    middle = centre_of_mass(body)
    foot = body[:, TOES].mean(axis=1)
    standing = np.stack([0 * times - 0.1, 0 * times, launch.height + tip + sole], axis=1) - foot + middle
    left = np.array([np.interp(0.0, times, standing[:, k]) for k in range(3)])
    after = np.clip(times, 0, None)
    flying = left + np.stack([launch.away * after, 0 * times, launch.up * after - GRAVITY / 2 * after**2], axis=1)
    centre = np.where((times < 0)[:, None], standing, flying)
    body += (centre - middle)[:, None]

    first = body[:, JOINTS.index("hand_l")] if dive.head_first else body[:, JOINTS.index("toe_l")]
    wet = (times > 0.5 * flight) & (first[:, 2] < 0)
    entry = times[wet.argmax()] if wet.any() else flight
    entry_x = left[0] + launch.away * (entry + 0.08)
    return Motion(body, centre, tip, float(entry), float(entry_x))


def _rotation_y(angle: np.ndarray) -> np.ndarray:
    """Make rotations (F, 3, 3) that turn up towards x."""
    c, s, zero = np.cos(angle), np.sin(angle), 0 * angle
    return np.stack([c, zero, s, zero, zero + 1, zero, -s, zero, c], axis=-1).reshape(-1, 3, 3)


def _rotation_z(angle: np.ndarray) -> np.ndarray:
    """Make rotations (F, 3, 3) that turn front towards left."""
    c, s, zero = np.cos(angle), np.sin(angle), 0 * angle
    return np.stack([c, -s, zero, s, c, zero, zero, zero, zero + 1], axis=-1).reshape(-1, 3, 3)
