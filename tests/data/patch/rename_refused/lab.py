import datajoint as dj

schema = dj.schema("lab")


@schema
class Subject(dj.Manual):
    definition = """
    subject : int
    ---
    sex : char(1)
    """


@schema
class Visitor(dj.Manual):
    definition = """
    subject : int
    """


@schema
class Session(dj.Manual):
    definition = """
    -> Subject
    day : date
    """


@schema
class Meeting(dj.Manual):
    definition = """
    -> Subject
    -> Visitor
    """


@schema
class Raw(dj.Manual):
    definition = r"raw : int"


@schema
class Filled(dj.Manual):
    definition = "filled : int  # {}".format("a value")
