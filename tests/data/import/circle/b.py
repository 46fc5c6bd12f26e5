import datajoint as dj
from a import A
from a import lost
from b import itself

schema = dj.schema("circle_b")


@schema
class B(dj.Manual):
    definition = "-> A"
