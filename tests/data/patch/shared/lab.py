import datajoint as dj

schema = dj.schema("lab")
COMMON = "other:int # in both"


class Base(dj.Manual):
    definition = """
    a:int
    """


@schema
class One(Base):
    pass


@schema
class Two(Base):
    pass


@schema
class Four(dj.Manual):
    definition = f"""
    {COMMON}
    f:int # short
    """


@schema
class Five(dj.Manual):
    definition = f"""
    {COMMON}
    a_longer_name:varchar(80) # long
    """


@schema
class Alone(dj.Manual):
    definition = "alone:int"
