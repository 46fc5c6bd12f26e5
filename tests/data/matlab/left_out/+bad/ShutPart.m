%{
-> bad.Shut
%}
classdef ShutPart < dj.Part
properties(SetAccess=protected)
master = bad.Shut
end
end
