import arrows
import datajoint as dj
from arrows import Cell, Trial

schema = dj.schema("arrows_use")


@schema
class Projected(dj.Manual):
    definition = """
    -> Cell.proj(one="cell")
    -> arrows.Trial.Step.proj(  step_a = 'step' , cell_a= "cell")
    ->	Trial.Note.proj(trial_b='trial', step_b='step', cell_b='cell')
    ---
    -> [NULLABLE] arrows.Cell.proj(three='cell')   # remark
    ->    [nullable, unique]   Cell.proj('cell')
    -> Cell().proj(four='cell')
    -> arrows.Cell().proj(five='cell')
    -> Trial().proj(six='trial', seven='cell')
    """


@schema
class Everything(dj.Manual):
    definition = """
    -> Trial.proj(...)
    """
