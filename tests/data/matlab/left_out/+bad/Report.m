classdef Report < dj.Manual
methods
function print(self)
%{
old: code
%}
end
end
end
