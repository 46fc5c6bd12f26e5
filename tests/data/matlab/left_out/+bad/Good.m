%{
# fine
a : int
---
-> gone.Away
b : no_such_type
%}
classdef Good < dj.Computed
properties
keySource = gone.Away
end
end
