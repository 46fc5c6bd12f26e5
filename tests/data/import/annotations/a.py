"""Every annotation of the language, in both spellings of Python."""
import datajoint as dj

schema = dj.schema("annotations")
FORMER = "Recording"


@schema
class Subject(dj.Manual):
    _djc = {
        "renamed_from": "Animal",
        "renamed": {"weight_g": "weight"},
        "fill": {"weight": 0.5, "entered": {"sql": "now()"}},
        "allow": ["DJ0301", "missing-comment"],
    }
    definition = """
    subject : varchar(8)
    ---
    weight : float
    entered : datetime
    """


# djc: renamed_from Beast
# djc: renamed weight_g -> weight
# djc: fill weight = 0.5, entered = sql("now()")
# djc: allow DJ0301, missing-comment
@schema
class Other(dj.Manual):
    definition = """
    other : varchar(8)
    ---
    weight : float
    entered : datetime
    """


@schema
# djc: renamed_from Recording
class Session(dj.Imported):
    # djc: key_source(Subject & 'weight > 0')
    # djc: parallel_make
    # djc: no_transaction
    definition = """
    -> Subject
    """

    # djc: renamed_from Channels
    class Channel(dj.Part):
        definition = """
        -> master
        channel : int
        """


@schema
class Later(dj.Computed):
    _djc = dict(
        renamed_from=f"{FORMER}Later",
        key_source="Session & 'subject <> \"x\"'",
        parallel_make=True,
        no_transaction=False,
        mixin="spyglass",
        nwb_table="Subject",
    )
    definition = """
    -> Session
    """


@schema
class Merged(dj.Manual):
    _djc = {"merge": True}
    definition = ""

    class Session(dj.Part):
        definition = """
        -> master
        ---
        -> Session
        """
