%{
c : int
%}
classdef C < dj.Manual
end
