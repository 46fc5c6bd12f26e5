import datajoint as dj

schema = dj.schema("one")


@schema
class Session(dj.Manual):
    definition = "s1 : int"
