"""Stand-ins for the modules that a pipeline imports and this environment lacks.

Table definitions need none of the scientific packages around them, yet the modules that hold them import the lot. Whatever cannot be
found is answered with a module whose every attribute is `StandIn`: a class that can be inherited from, called, indexed, compared and
used as a decorator, and that does nothing. What is installed stays what it is.
"""

import importlib.abc
import importlib.machinery
import sys
import types


class Permissive(type):
    """Lets the class itself, not only its instances, answer to everything."""

    def __getattr__(cls, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return StandIn

    def __call__(cls, *args, **kwargs):
        # As a decorator it hands back what it decorates.
        if cls is StandIn:
            if len(args) == 1 and not kwargs and isinstance(args[0], (type, types.FunctionType)):
                return args[0]
            return super().__call__()
        return super().__call__(*args, **kwargs)

    def __getitem__(cls, item):
        return StandIn

    def __iter__(cls):
        return iter(())

    def __len__(cls):
        return 0

    def __bool__(cls):
        return True

    def __lt__(cls, other):
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __or__(cls, other):
        return StandIn

    __ror__ = __or__


class StandIn(metaclass=Permissive):
    """What every attribute of a stand-in module is."""

    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return StandIn

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and isinstance(args[0], (type, types.FunctionType)):
            return args[0]
        return StandIn()

    def __getitem__(self, item):
        return StandIn()

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


class StandInModule(types.ModuleType):
    """A module that has every name."""

    def __getattr__(self, name):
        if name == "__version__":
            return "0.0"
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return StandIn


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers the imports of the packages that are looked at, where no other finder does.

    Imports by anybody else are left alone: installed packages try for optional ones, and go without.
    """

    def __init__(self, own):
        self.own = set(own)
        self.made = set()

    def find_spec(self, fullname, path=None, target=None):
        top = fullname.partition(".")[0]
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if top in self.own or not (isinstance(parent, StandInModule) or self.asked_by_own()):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def asked_by_own(self):
        frame = sys._getframe(2)
        while frame is not None and frame.f_globals.get("__name__", "").startswith("importlib"):
            frame = frame.f_back
        return frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in self.own

    def create_module(self, spec):
        self.made.add(spec.name.partition(".")[0])
        return StandInModule(spec.name)

    def exec_module(self, module):
        pass


def behind(getter):
    """Returns a `__getattr__` of a module that has stand-ins for what the one before it has not."""

    def get(name):
        if getter is not None:
            try:
                return getter(name)
            except AttributeError:
                pass
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn

    return get


def install(own):
    """Puts stand-ins behind all other finders; `own` are the names of the packages that are looked at."""
    finder = Finder(own)
    sys.meta_path.append(finder)
    return finder
