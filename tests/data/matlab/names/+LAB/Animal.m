%{
# parents are animals as well
animal : int
%}
classdef Animal < LAB.Base & handle
end
