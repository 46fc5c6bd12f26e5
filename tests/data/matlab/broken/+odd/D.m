%{
d : int
%}
classdef D < dj.Lookup
properties (Constant
contents = {1 2
