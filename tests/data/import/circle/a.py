import datajoint as dj
from b import B

schema = dj.schema("circle_a")


@schema
class A(dj.Manual):
    definition = "a : int"


@schema
class AB(dj.Manual):
    definition = "-> B"
