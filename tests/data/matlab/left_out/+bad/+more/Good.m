%{
a : int
%}
classdef Good < dj.Manual
end
