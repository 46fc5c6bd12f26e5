%{
# a definition and nothing else
a : int
---
b : int
%}
