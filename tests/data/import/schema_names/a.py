import getpass
import os

import datajoint as dj


def in_lab(name):
    return "lab_" + name


first = dj.schema(os.getenv("LAB_PREFIX", "dev") + "_first")
second = dj.schema("{}_{}".format(os.environ["SITE"], "second"))
third = dj.schema(getpass.getuser() + "_third")
fourth = dj.schema(in_lab("fourth"))
fifth = dj.schema()
fifth.activate("lab_fifth")


@first
class One(dj.Manual):
    definition = "one : int"


@second
class Two(dj.Manual):
    definition = "-> One"


@third
class Three(dj.Manual):
    definition = "-> Two"


@fourth
class Four(dj.Manual):
    definition = "-> Three"


@fifth
class Five(dj.Manual):
    definition = "-> Four"
