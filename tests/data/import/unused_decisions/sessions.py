import datajoint as dj

schema = dj.schema("lab_sessions")


@schema
class Recording(dj.Manual):
    definition = "recording : int"
