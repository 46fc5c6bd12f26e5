import datajoint as dj
from spyglass.utils import SpyglassMixin, SpyglassMixinPart
from spyglass.utils.dj_merge_tables import _Merge

schema = dj.schema("team_spikes")


@schema
class Recording(SpyglassMixin, dj.Manual):
    definition = """
    recording_id : int
    """


@schema
class Sorting(SpyglassMixin, dj.Computed):
    _nwb_table = Recording
    _use_transaction, _allow_insert = False, True
    _use_transaction = False

    definition = """
    -> Recording
    ---
    n_units : int
    """

    class Unit(SpyglassMixinPart):
        definition = """
        -> master
        unit : int
        """


@schema
class SortingOutput(_Merge, SpyglassMixin):
    definition = """
    merge_id: uuid
    ---
    source: varchar(32)
    """

    class Sorting(SpyglassMixinPart):
        definition = """
        -> master
        ---
        -> Sorting
        """
