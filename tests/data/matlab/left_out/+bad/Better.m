%{
-> bad.Good
%}
classdef Better < dj.Part
properties(SetAccess=protected)
master = bad.Good
end
end
