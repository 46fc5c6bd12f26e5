% tank.WaterMean (computed) # averages of a tank
% -> tank.Tank
% ---
% ph_mean : float   # over all days
%
classdef WaterMean < dj.Relvar & dj.AutoPopulate
    properties
        popRel = 0
    end
end
