%{
a : int
%}
classdef Loose < dj.Manual
end
