import datajoint as dj

schema = dj.schema("lab")


@schema
class A(dj.Manual):
    definition = """
    a:int
    ??? what is this
    """


@schema
class B(dj.Manual):
    definition = """
    b:int
    """


@schema
class C(dj.Manual):
    definition = read("c.txt")
