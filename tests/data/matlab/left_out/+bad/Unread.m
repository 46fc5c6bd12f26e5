%{
# base elsewhere
a : int
---
%}
classdef Unread < toolbox.Base
end
