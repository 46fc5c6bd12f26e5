from __future__ import annotations
from typing import TYPE_CHECKING
import datajoint as dj

from .one import *

if TYPE_CHECKING:
    from .one import One as Eins
try:
    from nowhere import Three
except ImportError:
    from .three import Three

schema = dj.schema("imp_two")


@schema
class Two(dj.Manual):
    definition = """
    -> One
    two : int
    """


@schema
class Star(dj.Manual):
    definition = """
    -> Hidden
    """


@schema
class Types(dj.Manual):
    definition = """
    -> Eins
    -> Three
    """

    def make(self, key):
        from .three import Three as Lazy

        return Lazy


@schema
class LazyRef(dj.Manual):
    definition = """
    -> Lazy
    """
