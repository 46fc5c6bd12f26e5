import datajoint as dj

schema = dj.schema("lines")


@schema
class Comments(dj.Manual):
    definition = """# beside the quotes, "double" quotes
    # a second line
    #
    a : int  # it's 'single', "double", # and -> and ümlaut
    -----------
    b = null : int # {old} brace
    c : int  # 100% of it
    d : int  # back\\slash
    e = 'a#b:c->d' : varchar(16)  # quoted default
    f = CURRENT_TIMESTAMP : timestamp
    g = -1 : int
    index (b)  # trailing
    UNIQUE INDEX (c, d)
    """


@schema
class OnlyKey(dj.Manual):
    definition = """
    a : int
    """


@schema
class EmptySecond(dj.Manual):
    definition = """
    a : int
    index (a)
    ---
    """


@schema
class Dependencies(dj.Manual):
    definition = """
    -> OnlyKey
    -> EmptySecond
    """


@schema
class Wrong(dj.Manual):
    definition = """
    a : int
    ---
    name : type=null
    name2=null: : int(10)
    no_colon int
    Upper : int
    index : int
    end : int;
    t = now() : timestamp
    a : int
    """


@schema
class Underscores(dj.Manual):
    definition = """
    a : int
    ___
    b : int
    """


@schema
class NoKey(dj.Manual):
    definition = """
    ---
    a : int
    """


@schema
class ColonComment(dj.Manual):
    definition = """
    a : int  # : starts with a colon
    """
