%{
# which tier?
a : int
---
%}
classdef NoTier < dj.Relvar
end
