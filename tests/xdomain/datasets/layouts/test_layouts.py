"""Each layout's listings, written here as their data sets publish them, give the clips that they mean."""

import json
from pathlib import Path

import pytest

from xdomain.datasets.diving48.listing import class_names, listing_path, read_listing, video_folder
from xdomain.datasets.diving48.split import split_clips
from xdomain.datasets.layouts.description import read_description, write_description


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


def describe(root: Path, text: str, **files: str) -> None:
    """Write dataset.toml and other files into the data set's folder; `train_txt` is train.txt."""
    (root / "dataset.toml").write_text(text)
    for name, content in files.items():
        (root / name.replace("_txt", ".txt").replace("_csv", ".csv").replace("_json", ".json")).write_text(content)


def counted(root: Path, **frames: int) -> None:
    """Say how many frames videos have, as `index` does."""
    (root / "index.json").write_text(json.dumps({"frames": frames}))


LIST = 'layout = "list"\nvideos = "/videos"\ntrain = "train.txt"\ntest = "test.txt"\n'


def test_a_list_of_whole_videos(root: Path) -> None:
    describe(root, LIST, train_txt="run/a_1.mp4 0\njump/b_1.webm 1\n", test_txt="/videos/run/c_1.mp4 0\n")
    counted(root, a_1=50, b_1=60, c_1=70)
    first, second = read_listing(root, "train")
    assert (first.name, first.label, first.start_frame, first.end_frame) == ("a_1", 0, 0, 50)
    assert second.path(video_folder(root)) == Path("/videos/jump/b_1.webm")
    assert [clip.path(video_folder(root)) for clip in read_listing(root, "test")] == [Path("/videos/run/c_1.mp4")]
    assert class_names(root) == ["class 0", "class 1"]
    assert listing_path(root, "test") == root / "test.txt"


def test_clips_that_are_cut_from_one_video_stay_together(root: Path) -> None:
    describe(
        root,
        LIST + 'classes = "classes.txt"\n',
        train_txt="a.mp4 0 0 40\na.mp4 1 40 90\nb.mp4 0 5 30\nc.mp4 1 0 20\n",
        test_txt="d.mp4 1 0 9\n",
        classes_txt="run\njump\n",
    )
    clips = read_listing(root, "train")
    assert [clip.name for clip in clips[:2]] == ["a_000000_000040", "a_000040_000090"]
    assert [(clip.start_frame, clip.end_frame) for clip in clips] == [(0, 40), (40, 90), (5, 30), (0, 20)]
    assert [clip.video for clip in clips] == ["a", "a", "b", "c"]
    assert class_names(root) == ["run", "jump"]
    train, held_out = split_clips(clips, "source-video", 2, seed=1)
    assert {"a_000000_000040", "a_000040_000090"} in (set(held_out), set(train))


def test_a_csv_with_columns_of_its_own(root: Path) -> None:
    describe(
        root,
        'layout = "csv"\nvideos = "v"\ntrain = "train.csv"\ntest = "test.csv"\ngroup = { column = "film" }\n'
        'columns = { path = "clip", label = "class" }\n',
        train_csv='film,class,clip,start,end\nHeat,1,"x, y.mp4",0,30\nHeat,0,z.mp4,,\n',
        test_csv="film,class,clip\nRonin,1,w.mp4\n",
    )
    counted(root, z=20, w=21)
    assert [(clip.name, clip.label, clip.end_frame, clip.video) for clip in read_listing(root, "train")] == [
        ("x, y_000000_000030", 1, 30, "Heat"),
        ("z", 0, 20, "Heat"),
    ]
    assert video_folder(root) == root / "v"
    assert [clip.video for clip in read_listing(root, "test")] == ["Ronin"]


def test_a_regular_expression_tells_the_source_video(root: Path) -> None:
    describe(
        root,
        LIST + r"group = { regex = 'cam(\d+)-' }" + "\n",
        train_txt="run/cam1-a.mp4 0 0 30\nrun/cam22-b.mp4 0 0 30\n",
        test_txt="cam3-c.mp4 0 0 30\n",
    )
    assert [clip.video for clip in read_listing(root, "train")] == ["1", "22"]


def test_ucf101(root: Path) -> None:
    describe(
        root,
        'layout = "ucf101"\nvideos = "UCF-101"\ntrain = "trainlist01.txt"\ntest = "testlist01.txt"\n'
        'classes = "classInd.txt"\n',
        trainlist01_txt="Archery/v_Archery_g08_c01.avi 2\nArchery/v_Archery_g08_c02.avi 2\n"
        "ApplyLipstick/v_ApplyLipstick_g08_c01.avi 1\n",
        testlist01_txt="Archery/v_Archery_g01_c01.avi\n",
        classInd_txt="1 ApplyLipstick\n2 Archery\n",
    )
    clips = read_listing(root, "train", everything=True)
    assert (clips[0].name, clips[0].label) == ("v_Archery_g08_c01", 1)
    assert [clip.video for clip in clips] == ["v_Archery_g08", "v_Archery_g08", "v_ApplyLipstick_g08"]
    (test,) = read_listing(root, "test", everything=True)
    assert (test.label, test.video, test.file) == (1, "v_Archery_g01", "Archery/v_Archery_g01_c01.avi")
    assert class_names(root) == ["ApplyLipstick", "Archery"]


def test_hmdb51(root: Path) -> None:
    describe(root, 'layout = "hmdb51"\nvideos = "v"\nsplits = "splits"\nsplit = 2\n')
    (root / "splits").mkdir()
    lines = "Film_A_run_f_nm_np1_ba_goo_0.avi 1\nFilm_A_run_f_nm_np1_ba_goo_1.avi 2\nFilm_B_run_x_0.avi 0 \n"
    (root / "splits/run_test_split2.txt").write_text(lines)
    (root / "splits/run_test_split1.txt").write_text("Film_A_run_f_nm_np1_ba_goo_0.avi 2\n")
    (root / "splits/brush_hair_test_split2.txt").write_text("April_brush_hair_u_0.avi 1\n")
    clips = read_listing(root, "train", everything=True)
    assert [(clip.label, clip.video) for clip in clips] == [(0, "April"), (1, "Film_A")]
    assert clips[0].file == "brush_hair/April_brush_hair_u_0.avi"
    assert [clip.name for clip in read_listing(root, "test", everything=True)] == ["Film_A_run_f_nm_np1_ba_goo_1"]
    assert class_names(root) == ["brush_hair", "run"]


def test_something_something(root: Path) -> None:
    train = [{"id": "74225", "label": "spinning cube", "template": "Spinning [something] quickly"}]
    test = [{"id": "9", "template": "Spinning [something] quickly"}]
    describe(
        root,
        'layout = "ssv2"\nvideos = "v"\ntrain = "train.json"\ntest = "test.json"\nclasses = "labels.json"\n',
        train_json=json.dumps(train),
        test_json=json.dumps(test),
        labels_json=json.dumps({"Spinning something quickly": "1", "Holding something": "0"}),
    )
    (clip,) = read_listing(root, "train", everything=True)
    assert (clip.name, clip.label, clip.file) == ("74225", 1, "74225.webm")
    assert class_names(root) == ["Holding something", "Spinning something quickly"]


def test_a_description_is_written_with_full_paths_and_read_back(root: Path, tmp_path: Path) -> None:
    values = {
        "layout": "csv",
        "videos": "v ü",
        "train": "a.csv",
        "test": "/b.csv",
        "group": {"column": "x"},
        "columns": {"path": 'a "file"'},
    }
    source = tmp_path / "elsewhere" / "study.toml"
    write_description(values, source, root)
    made = read_description(root)
    assert made is not None
    assert (made.videos, made.train, made.test) == (source.parent / "v ü", source.parent / "a.csv", Path("/b.csv"))
    assert (made.column, made.columns["path"], made.columns["label"]) == ("x", 'a "file"', "label")
    write_description(values, source, root)
    with pytest.raises(Exception, match="describes other videos"):
        write_description(values | {"train": "c.csv"}, source, root)
