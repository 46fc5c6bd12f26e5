import datajoint as dj

schema = dj.schema("code")


@schema
class Trial(dj.Manual):
    definition = "trial : int"


@schema
class Choice(dj.Manual):
    definition = """
    -> Trial
    """

    def of(self):
        return Trial & "Trial is no attribute"
