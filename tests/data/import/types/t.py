import datajoint as dj
import numpy as np

schema = dj.schema("types")


class Graph(dj.AttributeAdapter):
    attribute_type = "longblob"

    def put(self, obj):
        return obj

    def get(self, value):
        return value


class Layout(dj.AttributeAdapter):
    @property
    def attribute_type(self):
        return "filepath@raw"


graph = Graph()
layout_to_filepath = Layout()


@schema
class Adapted(dj.Manual):
    definition = """
    a : int
    ---
    g : <graph>
    l : <layout_to_filepath>
    """


@schema
class UnknownAdapter(dj.Manual):
    definition = """
    a : int
    ---
    g : <mystery>
    """


@schema
class Stores(dj.Manual):
    store = "fast"

    @property
    def definition(self):
        return f"""
        a : int
        ---
        b : blob@{self.store}
        c : attach@{self.store}
        """


@schema
class StoreAttribute(dj.Manual):
    external_storage = "shared"
    definition = f"""
    a : int
    ---
    b : blob@{external_storage}
    f = null : filepath@{external_storage}
    """


@schema
class Oldest(dj.Manual):
    definition = """
    a : int
    ---
    data : external-data
    more : external
    """


@schema
class MEI_monkey(dj.Manual):
    definition = """
    a : int
    """


@schema
class ROI(dj.Manual):
    definition = """
    roi : int
    """


@schema
class A1B(dj.Manual):
    definition = """
    -> ROI
    """


@schema
class Upper(dj.Manual):
    definition = """
    a : VARCHAR(30)
    ---
    b : DATE
    c : Decimal(5,2)
    d : UUID
    e : INT(3)
    f : enum ("a", "b")
    g : boolean
    h : bool
    i = true : bool
    j : int unsigned
    k : float(2,2)
    l : year
    """


@schema
class Refused(dj.Manual):
    definition = """
    a : int
    ---
    b : varchar(8) unique
    c : text
    d : int32
    e : json
    f : decimal(4,2)unsigned
    g : set('a','b')
    """
