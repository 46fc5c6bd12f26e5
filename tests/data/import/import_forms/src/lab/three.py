import datajoint as dj
import lab
import lab.two as lt
from lab import zwei, one

schema = dj.schema("imp_three")


@schema
class Three(dj.Manual):
    definition = """
    three : int
    """


@schema
class Paths(dj.Manual):
    definition = """
    -> lab.One
    -> lt.Two
    -> zwei.Star
    -> one.Hidden
    """
