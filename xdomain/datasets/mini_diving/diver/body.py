"""A jointed body: from angles to joint positions in metres.

Axes of the body: front, left, up (from pelvis to head). Angles in radians, all zero for someone who stands upright
with hanging arms and pointed feet.
"""

import numpy as np

# hip, knee: bending. point: of the feet, 0 flat, 1 stretched. curl: of the back. For each arm: lift forward and up
# (π is overhead), out to the side, elbow's bending.
ANGLES = ("hip", "knee", "point", "curl", "lift_l", "lift_r", "out_l", "out_r", "elbow_l", "elbow_r")
JOINTS = (
    *("pelvis", "chest", "neck", "head", "crown", "hair", "nape", "back_high", "back_low"),
    *("shoulder_l", "elbow_l", "hand_l", "waist_l", "rib_l", "hip_l", "thigh_l", "knee_l", "ankle_l", "toe_l"),
    *("shoulder_r", "elbow_r", "hand_r", "waist_r", "rib_r", "hip_r", "thigh_r", "knee_r", "ankle_r", "toe_r"),
)
TRUNK, THIGH, SHIN, FOOT, UPPER_ARM, FOREARM = 0.50, 0.43, 0.42, 0.17, 0.28, 0.36  # metres; a forearm with its hand
SHOULDERS, HIPS = 0.20, 0.10  # half their widths
# Where a body's mass is, roughly, for its centre and its inertia.
MASS = {"rib": 0.10, "waist": 0.12, "thigh": 0.10, "knee": 0.07, "ankle": 0.035, "elbow": 0.03, "hand": 0.015}
MASS_OF = np.array([0.08 if name == "head" else MASS.get(name[:-2], 0.0) for name in JOINTS])
MASS_OF = MASS_OF / MASS_OF.sum()


def joints(pose: np.ndarray) -> np.ndarray:
    """Compute joint positions relative to the pelvis, (F, J, 3) along front, left and up, of poses (F, len(ANGLES)).

    Bending the hips tilts the trunk forward and the legs back by about the same angle, as it does in the air.
    """
    angle = dict(zip(ANGLES, pose.T, strict=True))
    lean = 0.45 * angle["hip"]  # of the trunk
    where: dict[str, np.ndarray] = {"pelvis": np.zeros((len(pose), 3))}
    spine = _up(lean + 0.4 * angle["curl"])  # (F, 3)
    top = _up(lean + angle["curl"])
    nose = np.stack([top[:, 2], 0 * lean, -top[:, 0]], axis=1)  # where the face looks
    behind = -np.stack([spine[:, 2], 0 * lean, -spine[:, 0]], axis=1)
    where["chest"] = 0.62 * TRUNK * spine
    where["neck"] = where["chest"] + 0.38 * TRUNK * top
    where["head"] = where["neck"] + 0.13 * top + 0.02 * nose
    where["crown"] = where["head"] + 0.05 * top
    where["hair"] = where["head"] + 0.07 * top - 0.035 * nose
    where["nape"] = where["head"] + 0.01 * top - 0.05 * nose
    where["back_high"] = where["neck"] - 0.10 * spine + 0.06 * behind
    where["back_low"] = where["chest"] - 0.12 * spine + 0.05 * behind
    for side, sign in (("l", 1.0), ("r", -1.0)):
        left = np.array([0.0, sign, 0.0])
        shoulder = where["neck"] - 0.05 * top + SHOULDERS * left
        arm = angle[f"lift_{side}"] - lean - angle["curl"]
        upper = _down(arm, angle[f"out_{side}"], sign)
        fore = _down(arm + angle[f"elbow_{side}"], angle[f"out_{side}"], sign)
        where[f"shoulder_{side}"] = shoulder
        where[f"elbow_{side}"] = shoulder + UPPER_ARM * upper
        where[f"hand_{side}"] = where[f"elbow_{side}"] + FOREARM * fore
        where[f"rib_{side}"] = where["neck"] - 0.10 * top + 0.10 * left
        where[f"waist_{side}"] = 0.06 * left + 0.04 * spine
        hip = HIPS * left - 0.03 * spine
        leg = angle["hip"] - lean
        thigh, shin = _down(leg), _down(leg - angle["knee"])
        foot = _down(leg - angle["knee"] + (1 - angle["point"]) * np.pi / 2)
        where[f"hip_{side}"] = hip
        where[f"thigh_{side}"] = hip + 0.3 * THIGH * thigh
        where[f"knee_{side}"] = hip + THIGH * thigh
        where[f"ankle_{side}"] = where[f"knee_{side}"] + SHIN * shin
        where[f"toe_{side}"] = where[f"ankle_{side}"] + FOOT * foot
    return np.stack([np.broadcast_to(where[name], (len(pose), 3)) for name in JOINTS], axis=1)


def _up(angle: np.ndarray) -> np.ndarray:
    """Compute unit vectors (F, 3) from upright, tilted forward."""
    return np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)


def _down(angle: np.ndarray, out: np.ndarray | float = 0.0, sign: float = 1.0) -> np.ndarray:
    """Compute unit vectors (F, 3) from hanging, swung forward by `angle` and to the side `sign` by `out`."""
    out = np.broadcast_to(out, angle.shape)
    return np.stack([np.sin(angle) * np.cos(out), sign * np.sin(out), -np.cos(angle) * np.cos(out)], axis=1)


def inertia(positions: np.ndarray) -> np.ndarray:
    """Compute the inertia about the left-right axis through the centre of mass, per mass: (F, J, 3) to (F,)."""
    away = positions - centre_of_mass(positions)[:, None]
    return (MASS_OF * (away[..., 0] ** 2 + away[..., 2] ** 2)).sum(axis=1)


def centre_of_mass(positions: np.ndarray) -> np.ndarray:
    """Compute the centre of mass: (F, J, 3) to (F, 3)."""
    return np.einsum("fjk,j->fk", positions, MASS_OF)
