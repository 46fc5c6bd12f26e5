import datajoint as dj

schema = dj.schema("lab")


@schema
class A(dj.Manual):
    definition = """
    a:int


    longer:int # x
    ---
    c:int
    """
