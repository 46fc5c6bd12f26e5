%{
bad.WrongTier (manuel) # typed by hand
a : int
%}
classdef WrongTier < dj.Relvar
end
