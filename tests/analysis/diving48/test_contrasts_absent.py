"""A contrast that does not exist, because an accuracy is 0, is named under the table."""

import warnings

from support.made_diving import write_study

from analysis.diving48.comparisons import contrasts
from analysis.diving48.data.load import load_diving
from analysis.diving48.measures import Measures


def test_a_domain_without_a_right_answer_is_named():
    write_study(("3dcnn-4blocks",), T=0.0)
    write_study(("convlstm-4blocks",))
    study = load_diving("diving48-demo")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = contrasts(Measures(study, study.settings()[0]))
    assert {row["ratio"] for row in table.rows} >= {"S1/V", "S2/V", "S1/I′", "S2/I′"}
    assert not {"T/V", "T/S1", "T/I′"} & {row["ratio"] for row in table.rows}
    notes = [note for note in table.notes if note.startswith("No contrast")]
    assert notes == [
        f"No contrast of 3D CNN − ConvLSTM in {name}, for {name} is 0, which has no logarithm (experiment a, b, c)."
        for name in ("T/V", "T/S1", "T/I′")
    ]
