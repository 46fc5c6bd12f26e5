import datajoint as dj
from labtools import LabManual, mixins
from datajoint import AutoPopulate

schema = dj.schema("bases")


class Helper:
    def help(self):
        return 1


class Base(dj.Computed):
    """Base of others."""


@schema
class Mixed(Helper, dj.Manual):
    definition = "a : int"


@schema
class FromUnread(LabManual):
    definition = "b : int"


@schema
class FromUnread2(mixins.Thing, dj.Manual):
    definition = "c : int"


@schema
class Ancient(dj.Relvar, dj.AutoPopulate):
    definition = """
    bases.Ancient (computed)  # ancient form
    a : int
    """


@schema
class Ancient2(dj.Relation):
    definition = """
    d : int
    """


@schema
class Two(dj.Computed, dj.Manual):
    definition = "e : int"


@schema
class Populated(dj.Manual, AutoPopulate):
    definition = "f : int"


@schema
class G(Base):
    definition = """
    -> Mixed
    """


@schema
class Job(Base):
    definition = """
    -> Mixed
    """
    _parallel_make = True
    _use_transaction = False

    @property
    def key_source(self):
        """Keys that are good."""
        return Mixed * G.proj(x='a') & {"a": 1}


@schema
class Job2(Base):
    definition = """
    -> Mixed
    """

    @property
    def key_source(self):
        ks = super().key_source
        return ks & "a > 1"


@schema
class Job3(Base):
    definition = """
    -> Mixed
    """
    key_source = (Mixed
                  & "a > 1")   # good ones


@schema
class Job4(Base):
    definition = """
    -> Mixed
    """

    @property
    def key_source(self):
        return Mixed & [G, f"a > {1}"] - Job.aggr(G, n="count(*)")
