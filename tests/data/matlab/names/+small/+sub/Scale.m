%{
# in a package in a package
scale : int
---
-> LAB.Litter.proj(dam='mother', born='litter')
%}
classdef Scale < dj.Manual
end
