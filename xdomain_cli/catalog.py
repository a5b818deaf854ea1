"""What `xdomain` offers, as plain data: a login node lists it without importing pandas or torch.

Each command is named by its module, as `module:object`, and imported once it is called for. A test compares the
summaries with what the commands say of themselves.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is, and what it does in a line."""

    target: str
    summary: str


SECTIONS: dict[str, dict[str, Entry]] = {
    "Launch and watch": {
        "launch": Entry("jobs.commands.launch:main", "Launch every unfinished run of a study, on Slurm or here."),
        "status": Entry("jobs.commands.status:main", "Show how the launched runs stand, and why any failed."),
        "logs": Entry("jobs.commands.logs:main", "Print the log of RUN, such as ts/2dot/convlstm/h16/seed42."),
        "retry": Entry("jobs.commands.retry:main", "Launch failed and interrupted runs again."),
        "cancel": Entry("jobs.commands.cancel:main", "Cancel queued and running runs, by patterns of their ids."),
        "usage": Entry("jobs.commands.usage:main", "Show what the runs of each study have cost, in GPU-hours."),
        "move": Entry("jobs.commands.move:main", "Move runs and their launches to the runs root TO."),
        "doctor": Entry("jobs.commands.doctor:main", "Try a profile on its cluster before the night depends on it."),
    },
    "Results": {
        "tables": Entry("analysis.commands.main:tables", "Write every table of a study and show the main one."),
        "figures": Entry("analysis.commands.main:figures", "Draw the paper's figures of a study."),
        "claims": Entry("analysis.commands.claims:claims", "Say which of the paper's claims hold, and how surely."),
        "power": Entry("analysis.commands.power:power", "Say which differences N seeds × M clips can resolve."),
        "report": Entry("analysis.commands.report:report", "Write one page that shows everything."),
        "why": Entry("analysis.commands.why:why", "Say which runs, code and data stand behind a cell."),
        "bundle": Entry("analysis.commands.bundle:bundle", "Pack what others need to rebuild every table of a study."),
        "verify": Entry("analysis.commands.verify:verify", "Check a bundle, and rebuild its tables byte for byte."),
        "params": Entry("xdomain.commands.main:params", "Print the parameter counts of a study's models as CSV."),
    },
    "Data": {
        "fetch": Entry("xdomain.commands.fetch:fetch", "Fetch a data set, or weights of a library's model."),
        "generate": Entry("xdomain.commands.main:generate", "Generate one set of clips, unless it is there already."),
        "import-ts": Entry("xdomain.commands.main:import_ts", "Import a domain of the released Temporal Shape clips."),
        "preview": Entry("xdomain.commands.main:preview", "Draw two clips of each class of the set FILE (NAME.npy)."),
        "index": Entry("xdomain.commands.diving48:index", "Check that every listed video can be decoded to its end."),
        "split": Entry("xdomain.commands.diving48:split", "Split the training listing into training and validation."),
        "cache": Entry("xdomain.commands.diving48:cache", "Decode the clips of a listing once, into a few files."),
        "import-clips": Entry(
            "xdomain.commands.diving48:import_clips", "Make a domain of a folder of videos, to evaluate models on."
        ),
        "mini-diving": Entry(
            "xdomain.commands.mini_diving:mini_diving", "Draw Mini-Diving48: small dives in Diving48's layout."
        ),
        "contact-sheet": Entry(
            "xdomain.commands.contact_sheet:contact_sheet", "Draw some clips of DATASET, a row each."
        ),
        "segment": Entry("segment.commands.main:main", "Find the divers, and make the shape and texture domains."),
    },
    "Set-up": {
        "check-model": Entry(
            "xdomain.commands.check_model:check_model", "Check that a model can be trained: the paper's, or yours."
        ),
        "new-study": Entry(
            "xdomain.commands.new_study:new_study", "Write a study file with comments into DIR, to begin with."
        ),
        "completion": Entry(
            "xdomain_cli.completion:completion", "Print the lines that complete commands in your shell."
        ),
    },
}
COMMANDS = {name: entry for entries in SECTIONS.values() for name, entry in entries.items()}
