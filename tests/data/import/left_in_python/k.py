import datajoint as dj
from spyglass.common import Nwbfile

schema = dj.schema("kept")


@schema
class Trial(dj.Manual):
    definition = "trial : int"


@schema
class Score(dj.Computed):
    _nwb_table = Nwbfile
    definition = """
    -> Trial
    ---
    score : double
    """

    @property
    def key_source(self):
        trials = Trial & self.good
        return trials - "trial < 0"
