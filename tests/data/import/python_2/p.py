import datajoint as dj

schema = dj.schema("two")

print "starting"


@schema
class Kept(dj.Manual):
    definition = """
    kept : int
    """

    def make(self, key):
        print key
