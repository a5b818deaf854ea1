"""Damaged run folders are all named at once: whoever corrects them should not have to try again for each."""

import pytest
from support.tiny_runs import tiny

from jobs.launching.options import Options
from jobs.launching.plan import make_plan
from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RunFolder

HERE = Options("local", None, None, None, dry_run=True, as_json=False)


@pytest.mark.parametrize(("damaged", "more"), [(2, []), (7, ["and 2 more"])])
def test_every_damaged_run_is_named_and_of_many_the_first_five(tiny_roots, damaged, more):
    grid = [tiny(seed=seed) for seed in range(damaged + 1)]
    for spec in grid[:damaged]:
        folder = RunFolder.of(spec)
        folder.path.mkdir(parents=True)
        folder.result_file.write_text("{")
    with pytest.raises(UserError) as refused:
        make_plan(grid, HERE)
    lines = str(refused.value).splitlines()
    named = [line for line in lines if "result.json is not valid JSON" in line]
    assert len(named) == min(damaged, 5)
    assert all(str(RunFolder.of(spec).path) in line for spec, line in zip(grid, named, strict=False))
    assert lines == [*named, *more]
