%{
-> outer.A
b : int
%}
classdef B < dj.Manual
end
