import datajoint as dj

schema = dj.schema("lab")
COMMON = '''
    other:int
'''


class Base(dj.Manual):
    definition = """
    a:int
    ---
    b:int # x
    """


@schema
class One(Base):
    pass


@schema
class Two(Base):
    pass


@schema
class Three(dj.Manual):
    definition = "three:int # it\'s\n" "---\n" "x=null:varchar(3)# y"


@schema
class Four(dj.Manual):
    definition = COMMON + """
    ---
    more:int
    """


@schema
class Five(dj.Manual):
    definition = COMMON + """
    ---
    evenmore:int
    """


@schema
class Six(dj.Manual):
    definition = r'''
    -> One
    ---
    raw:int # back\slash
    '''


@schema
class Seven(dj.Manual):
    definition = """
	-> One
	{name}:int
	---
	x:int # a {{brace}}
	""".format(name="seven")


NAME = "nine"
TYPE = "int"


@schema
class Nine(dj.Manual):
    definition = f"""{NAME}:{TYPE}#a {{brace}} of the author
    ---
    groesse=0:int#Größe in µm
    \tsource:varchar(8)#\x41 \"quoted\" letter
    -> {"One"}
    """


@schema
class Ten(dj.Manual):
    definition = ("ten:int# one\n"
                  "---\n"
                  "x:int # two")


@schema
class Eleven(dj.Manual):
    source = Ten
    definition = """
    -> self.source  # a name of this class
    eleven_more:int # eleven


    ---
    """

    def make(self, key):
        definition = """
        not:this
        """
        return definition


@schema
class Eight(dj.Manual):
    definition = """eight : int # say "hi" """
