%{
 a : int
%}
classdef A < dj.Manual
end
