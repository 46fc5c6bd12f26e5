import datajoint as dj

schema = dj.schema("two")


@schema
class Session(dj.Manual):
    definition = "s2 : int"


@schema
class Own(dj.Manual):
    definition = "-> Session"
