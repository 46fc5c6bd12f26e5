import datajoint as dj

schema = dj.schema("old")


@schema
class Cell(dj.Manual):
    definition = """
    cell : int
    """


@schema
class Pair(dj.Manual):
    definition = """
    (pre) -> Cell(cell)   # sends
    (post) -> Cell(cell)  # receives
    """
