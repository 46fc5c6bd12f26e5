%{
# lines of Windows
a : int  # first

---
b : int
%}
classdef A < dj.Manual
end
