%{
A note: nothing about tables.
%}
classdef Widget < handle
end
