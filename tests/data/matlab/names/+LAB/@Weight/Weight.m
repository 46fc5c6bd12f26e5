%{
-> LAB.LitterPup
---
weight : float # (g) \
               # at birth
(nurse) -> LAB.Animal
%}
classdef Weight < dj.Manual
end
