import datajoint as dj
schema = dj.schema("bad_mark")


@schema
class Marked(dj.Manual):
    definition = "a : wrong_mark"
