%{
# kinds of fish
species : varchar(16)
---
origin  : varchar(32)     # where it comes from
adult_length=null : float # (cm)
%}
classdef Species < dj.Lookup
    properties (Constant)
        contents = {
            % warm water
            'guppy'   'South America'  3.5
            'molly'   'Central America' NaN   % nobody measured

            % cold water
            "carp",   "Bob's pond",  -1;
            }
    end
end
