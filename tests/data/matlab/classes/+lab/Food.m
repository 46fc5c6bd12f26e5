%{
# what there is to eat
food : varchar(16)
%}
classdef Food < dj.Lookup
    properties
        contents = {'flakes', 'worms'}'
    end
end
