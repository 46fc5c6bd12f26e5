%{
tank.PumpJobs (computed) # work on pumps
-> tank.Pump
<<JobFields>>
%}
classdef PumpJobs < dj.Relvar
end
