"""What a finished clip cache holds, and that it is refused when it is not as it was written."""

import json
import pickle

import numpy as np
import pytest

from xdomain.core.errors import UserError
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.diving48.listing import read_listing
from xdomain.datasets.diving48.video import read_clip


def test_a_cache_holds_what_streaming_reads(made, reference):
    cache, clips = open_cache(reference), read_listing(made / "made", "train")
    assert cache.names == [clip.name for clip in clips]
    assert cache.labels.tolist() == [clip.label for clip in clips]
    assert len(cache) == 20
    for number, clip in enumerate(clips):
        streamed = read_clip(made / "made" / "rgb" / f"{clip.name}.mp4", clip, 8, (24, 24))
        np.testing.assert_array_equal(cache[number], streamed)


def test_a_cache_is_mapped_and_cannot_be_changed(reference):
    clip = open_cache(reference)[7]
    assert isinstance(clip.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        clip[0] = 0
    with pytest.raises(IndexError):
        open_cache(reference)[20]


def test_a_cache_travels_to_another_process_without_its_pixels(reference):
    cache = open_cache(reference)
    expected = np.array(cache[3])
    sent = pickle.dumps(cache)
    assert len(sent) < 20_000 < expected.nbytes * 20
    np.testing.assert_array_equal(pickle.loads(sent)[3], expected)


def test_a_cache_says_what_it_is(reference):
    info = open_cache(reference).info
    assert (info["dataset"], info["part"], info["shape"]) == ("made", "train", [8, 24, 24, 3])
    assert info["bytes"] == sum(path.stat().st_size for path in reference.glob("*.npy"))
    assert [shard["clips"] for shard in info["shards"]] == [2] * 10
    assert not list(reference.glob("plan.json"))


def test_a_missing_cache_is_not_there(tmp_path):
    with pytest.raises(UserError, match=r"nowhere has no clip cache \(no index\.json\)"):
        open_cache(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ['{"format": 99}', "[]", '{"format": 1, "na'])
def test_a_foreign_or_truncated_description_is_named(cache, text):
    (cache / "index.json").write_text(text)
    with pytest.raises(UserError, match=r"index\.json is (of another format|not valid JSON)"):
        open_cache(cache)


@pytest.mark.parametrize("verify", [True, False])
def test_a_missing_or_short_file_is_found(cache, verify):
    shard = cache / "shard-004.npy"
    with shard.open("r+b") as file:
        file.truncate(shard.stat().st_size - 1)
    with pytest.raises(UserError, match=r"shard-004\.npy has [\d,]+ bytes where"):
        open_cache(cache, verify=verify)
    shard.unlink()
    with pytest.raises(UserError, match=r"shard-004\.npy is missing"):
        open_cache(cache, verify=verify)


def test_one_altered_byte_is_found(cache):
    shard = cache / "shard-009.npy"
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    with pytest.raises(UserError, match=r"shard-009\.npy is damaged"):
        open_cache(cache, verify=True)
    open_cache(cache, verify=False)


def test_an_altered_label_is_found(cache):
    info = json.loads((cache / "index.json").read_text())
    info["labels"][3] += 1
    (cache / "index.json").write_text(json.dumps(info))
    with pytest.raises(UserError, match=r"index\.json was altered"):
        open_cache(cache, verify=False)


@pytest.mark.parametrize("content", ["other", "text"])
def test_another_array_is_not_taken_for_clips(cache, content):
    shard = cache / "shard-000.npy"
    size = shard.stat().st_size
    if content == "other":
        np.save(shard, np.zeros(size - 128, dtype=np.uint8))
    else:
        shard.write_bytes(b"x" * size)
    assert shard.stat().st_size == size
    with pytest.raises(UserError, match=r"shard-000\.npy (holds other arrays|is not a numpy file)"):
        open_cache(cache, verify=False)[0]
