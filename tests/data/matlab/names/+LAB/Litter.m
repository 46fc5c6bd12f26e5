%{
(mother) -> LAB.Animal
litter : int
---
(father) -> [nullable] LAB.Animal(animal)  # may be unknown
%}
classdef Litter < dj.Manual & LAB.Mixin
end
