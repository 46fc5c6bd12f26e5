%{
a : int
---
-> other.C
%}
classdef A < dj.Manual
end
