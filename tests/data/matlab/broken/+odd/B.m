classdef B < dj.Manual & ((
properties
 contents = {'a
end ]
