import os
import datajoint as dj

schema = dj.Schema()
schema.activate(f"{os.environ['LAB']}_act")


@schema
class A(dj.Manual):
    definition = "a : int"
