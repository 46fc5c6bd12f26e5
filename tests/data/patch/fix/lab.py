import datajoint as dj

schema = dj.schema("lab")


@schema
class Subject(dj.Manual):
    definition = """
    subject : varchar(8)   # the "name"
    ---
    sex = "U" : enum("M", "F", "it's")
    said = '' : varchar(80) # what "it" said
    """


@schema
class Session(dj.Manual):
    definition = '-> Subject.proj(..., n="sex")\nday:date\n---\nkind:enum("a","b")'


@schema
class Slip(dj.Lookup):
    definition = """
    slip : int,
    kind : enum("it's", "b")
    """
    contents = [(1, "b")]


@schema
class Raw(dj.Manual):
    definition = r'kind : enum("a", "b")'
