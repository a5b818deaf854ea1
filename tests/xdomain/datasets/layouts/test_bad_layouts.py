"""A wrong description or listing is refused with a sentence that names file, line and fault."""

from pathlib import Path

import pytest

from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import read_listing, require_videos

LIST = 'layout = "list"\nvideos = "videos"\ntrain = "train.txt"\ntest = "test.txt"\n'
CSV = 'layout = "csv"\nvideos = "videos"\ntrain = "train.txt"\ntest = "test.txt"\n'
GOOD = "a.mp4 0 0 30\nb.mp4 1 0 30\n"


def fault(root: Path, description: str, train: str = GOOD, test: str = "c.mp4 1 0 30\n", part: str = "train") -> str:
    """What reading says of these files."""
    (root / "dataset.toml").write_text(description)
    (root / "train.txt").write_text(train)
    (root / "test.txt").write_text(test)
    with pytest.raises(UserError) as error:
        read_listing(root, part)
    return str(error.value)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ('layout = "kinetics"\n', "Take one of list, csv, ucf101, hmdb51, ssv2"),
        ('layout = "list"\nvideos = "v"\ntrain = "t"\n', "the layout list needs test"),
        (LIST + "split = 'one'\n", "split is a whole number"),
        (LIST + "vidoes = 'v'\n", "there is no key 'vidoes'"),
        (LIST.replace('"videos"', "3"), "videos is a path in quotes"),
        (LIST + "group = { regex = '(' }\n", "the regular expression of group is wrong"),
        (LIST + "group = { regex = 'a' }\n", "needs one pair of parentheses, not 0"),
        (LIST + "group = { column = 'a' }\n", "which only the layout csv has"),
        (LIST + "group = 3\n", "group is { regex"),
        (CSV + "columns = { name = 'a' }\n", "columns names the columns of a CSV file"),
        ("layout = \n", "is not a TOML file"),
        (LIST.replace("train.txt", "absent.txt"), "absent.txt is missing"),
        (LIST + "classes = 'absent'\n", "absent is missing"),
        (LIST + r"group = { regex = 'cam(\d+)' }", "finds no source video in 'a.mp4'"),
        (CSV, "has no column 'path'"),
        (CSV + "columns = { path = 'a.mp4 0 0 30', label = 'x' }", "has no column 'x'"),
    ],
)
def test_a_wrong_description(tmp_path: Path, description: str, expected: str) -> None:
    assert expected in fault(tmp_path, description)


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        ("a.mp4 run\n", "train.txt, line 1: its label 'run' is not a whole number"),
        ("a.mp4 1.0\n", "its label '1.0' is not a whole number"),
        ("a.mp4 -1\n", "its label '-1' is not a whole number"),
        ("a.mp4 1\n\na.mp4\n", "train.txt, line 3: it has 1 words"),
        ("a.mp4 1 30 0\n", "its frames '30 0' are not two whole numbers"),
        ("a.mp4 1 0 x\n", "its frames '0 x' are not two whole numbers"),
        ("x/a.mp4 1\ny/a.avi 0\n", "line 1 and"),
        ("x/a.mp4 1\ny/a.avi 0\n", "two clips of one name, 'a'"),
        ("a.mp4 1 0 30\na.mp4 0 0 30\n", "two clips of one name, 'a_000000_000030'"),
        ("../a.mp4 1\n", "is no path of a video below"),
        ("/elsewhere/a.mp4 1\n", "is no path of a video below"),
        ("a.mp4 1\n", "Count them once: python -m xdomain index"),
        ("a.mp4 0 0 30\n", "its class 1 has no training clip"),
        ("", "train.txt lists no clip of the part train"),
        ("\N{ESCAPE}[2Ja.mp4 1\n", "x1b[2Ja.mp4' is no path"),
    ],
)
def test_a_wrong_list(tmp_path: Path, train: str, expected: str) -> None:
    assert expected in fault(tmp_path, LIST, train)


def test_a_class_that_no_training_clip_has_is_named(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("run\njump\nfall\n")
    said = fault(tmp_path, LIST + 'classes = "classes.txt"\n', test="c.mp4 1 0 30\nd.mp4 2 0 30\n", part="test")
    assert "test.txt, line 2: its class 2 (fall) has no training clip" in said
    said = fault(tmp_path, LIST + 'classes = "classes.txt"\n', train="a.mp4 3 0 30\n")
    assert "its label '3' is not a whole number from 0 to 2" in said


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_training_and_a_test_video_of_one_name_are_refused(tmp_path: Path, part: str) -> None:
    """Their frames are counted, and they are left out, by name: each would have the other's."""
    said = fault(tmp_path, LIST, "one/a.mp4 0\none/b.mp4 1\n", "two/b.mp4 1\n", part)
    assert "train.txt, line 2 and" in said
    assert "are two videos of one name, 'b'" in said
    said = fault(tmp_path, LIST, "one/a.mp4 0\n", f"{tmp_path}/videos/one/a.mp4 0\n", part)
    assert "Count them once" in said, "one video in both listings is only warned of"


def test_videos_that_are_not_there_are_named_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "dataset.toml").write_text(LIST)
    (tmp_path / "train.txt").write_text(GOOD)
    (tmp_path / "test.txt").write_text("c.mp4 1 0 30\n")
    (tmp_path / "videos").mkdir()
    for name in ("a", "c"):
        (tmp_path / f"videos/{name}.mp4").touch()
    with pytest.raises(UserError, match=r"1 of 2 listed videos are not in .*, b.mp4 for one"):
        require_videos(tmp_path)


def test_labels_of_a_published_list_that_disagree_with_its_classes(tmp_path: Path) -> None:
    ucf = 'layout = "ucf101"\nvideos = "v"\ntrain = "train.txt"\ntest = "test.txt"\nclasses = "classes.txt"\n'
    (tmp_path / "classes.txt").write_text("1 Archery\n2 Biking\n")
    assert "Archery has the number 1 in" in fault(tmp_path, ucf, "Archery/v_g01_c01.avi 2\n")
    assert "'Rowing' is no class of" in fault(tmp_path, ucf, "Rowing/v_g01_c01.avi 2\n")
    (tmp_path / "classes.txt").write_text("0 Archery\n1 Biking\n")
    assert "numbered from 1 on" in fault(tmp_path, ucf, "Archery/v_g01_c01.avi 1\n")


def test_files_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_bytes(b"run\n\xff\n")
    assert "classes.txt is not UTF-8 text" in fault(tmp_path, LIST + 'classes = "classes.txt"\n')


def test_a_csv_listing_without_a_source_video_or_with_a_cell_without_end(tmp_path: Path) -> None:
    grouped = CSV + "group = { column = 'camera' }\n"
    head = "path,label,start,end,camera\n"
    said = fault(tmp_path, grouped, f"{head}a.mp4,0,0,30,1\nb.mp4,1,0,30,\n")
    assert "train.txt, line 3: its column 'camera', the source video, is empty." in said
    said = fault(tmp_path, CSV, f"path,label,start,end\n{'a' * 200_000}.mp4,0,0,30\n")
    assert "train.txt cannot be read as CSV after line 1 (field larger" in said


def test_lists_of_hmdb51_that_are_not_there_or_of_another_form(tmp_path: Path) -> None:
    described = 'layout = "hmdb51"\nvideos = "v"\nsplits = "splits"\n'
    (tmp_path / "splits").mkdir()
    assert "splits has no file <class>_test_split1.txt." in fault(tmp_path, described)
    for line in ("a_run_1.avi", "a_run_1.avi 3", "a_run_1.avi 1 2"):
        (tmp_path / "splits/run_test_split1.txt").write_text(f"b_run_1.avi 1\n{line}\n")
        assert "run_test_split1.txt, line 2: it is no line such as `video.avi 1`." in fault(tmp_path, described)


@pytest.mark.parametrize(
    ("labels", "train", "expected"),
    [
        ('{"Running": "1"}', "[]", "classes.json does not map each class to a number from 0 on."),
        ("[]", "[]", "classes.json does not map each class to a number from 0 on."),
        ('{"Running": "0"}', "{}", "train.txt is no list of clips."),
        ('{"Running": "0"}', '[{"template": "Running"}]', "train.txt, entry 0: it has no id, or its template"),
        (
            '{"Running": "0"}',
            '[{"id": 1, "template": "[Falling]"}]',
            "its template 'Falling' is no class of the labels",
        ),
        ('{"Running": "0"}', "[3]", "train.txt, entry 0: it has no id"),
    ],
)
def test_labels_of_something_something_that_do_not_fit(tmp_path: Path, labels: str, train: str, expected: str) -> None:
    (tmp_path / "classes.json").write_text(labels)
    described = 'layout = "ssv2"\nvideos = "v"\ntrain = "train.txt"\ntest = "test.txt"\nclasses = "classes.json"\n'
    assert expected in fault(tmp_path, described, train, "[]")
