%{
-> bad.Good
%}
classdef GoodPart < dj.Part
end
