import datajoint as dj
from one import Session
from two import schema, Session as Mine


@schema
class Both(dj.Manual):
    definition = """
    -> Session
    -> Mine
    """
