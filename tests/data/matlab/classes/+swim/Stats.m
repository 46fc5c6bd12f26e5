%{
# one for each phase
-> swim.TrialPhase
-> lab.Food
---
mean_speed : double
%}
classdef Stats < dj.Computed
    methods
        function source = get.keySource(self)
            source = pro(swim.Trial) * swim.TrialPhase ...
                & lab.Food('food = ''worms''');
        end
    end
end
