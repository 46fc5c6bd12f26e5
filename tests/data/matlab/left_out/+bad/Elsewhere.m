classdef Elsewhere < dj.Relvar & dj.AutoPopulate
    properties
        popRel = 0
    end
end
