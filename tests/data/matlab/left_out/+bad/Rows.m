%{
# rows of a loop
a : int
%}
classdef Rows < dj.Lookup
properties
contents = num2cell((1:10)')
end
end
