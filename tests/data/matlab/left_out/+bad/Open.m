%{
# never closed
a : int
classdef Open < dj.Manual
end
