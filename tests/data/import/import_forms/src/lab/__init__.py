from .one import *
from . import two as zwei
__all__ = ["One"]
