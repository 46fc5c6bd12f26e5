%{
-> LAB.Litter
pup : int
---
-> LAB.Animal
%}
classdef LitterPup < dj.Part & LAB.Mixin
properties(SetAccess=protected)
    master= LAB.Litter
end
end
