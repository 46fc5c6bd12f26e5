import datajoint as dj2
from datajoint import Manual, schema as sch
from .two import *

__all__ = ["One"]
schema = sch("imp_one")


@schema
class One(Manual):
    definition = "one : int"


@schema
class Hidden(dj2.Manual):
    definition = "hidden : int"
