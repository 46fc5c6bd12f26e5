"""References in every form that pipelines write."""
import datajoint as dj

schema = dj.schema("arrows")


@schema
class Cell(dj.Manual):
    definition = """
    cell : int
    """


@schema
class Trial(dj.Manual):
    definition = """
    -> Cell
    trial : int
    """

    class Step(dj.Part):
        definition = """
        -> master
        step : int
        """

    class Note(dj.Part):
        definition = """
        -> master.Step
        ---
        note : varchar(16)
        """


@schema
class Old(dj.Manual):
    # text before the arrow, as datajoint up to 0.13 reads it
    definition = """
    (pre) -> Cell(cell)
    (post) -> Cell(cell)
    ( first_cell, first_trial ) ->Trial(cell, trial)   # both
    ---
    (lone) -> Cell          # the key has one attribute
    """


@schema
class Remaining(dj.Manual):
    # one attribute of the key remains
    definition = """
    -> Cell
    (last) -> Trial
    ---
    (a) -> [nullable, unique] Cell(cell)
    """


@schema
class Ambiguous(dj.Manual):
    definition = """
    (x) -> Trial
    """


@schema
class NeverRead(dj.Manual):
    definition = """
    cell ->Cell
    """


@schema
class NoNames(dj.Manual):
    definition = """
    -> Trial(trial)
    """


class Template(dj.Computed):
    trial_table = None
    cell_table = None

    @property
    def definition(self):
        return """
        -> self.trial_table
        ---
        -> [nullable] self.cell_table.proj(other='cell')
        """


@schema
class FromTemplate(Template):
    trial_table = Trial
    cell_table = Cell


@schema
class Unset(Template):
    trial_table = Trial
