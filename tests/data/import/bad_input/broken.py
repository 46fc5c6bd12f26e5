import datajoint as dj

schema = dj.schema('bad_broken')


@schema
class Before(dj.Manual):
    definition = """
    before : int
    """

    def make(self, key:
        pass


@schema
class After(dj.Manual):
    definition = """
    after : int
    """
