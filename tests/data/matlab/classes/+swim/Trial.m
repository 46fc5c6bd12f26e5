%{
# a fish swims once
-> lab.Fish
trial_time : timestamp
---
speed : double
%}
classdef Trial < dj.Imported
    properties
        keySource = lab.Fish & 'hatched < now()'  % adults
    end
    methods (Access = protected)
        function makeTuples(self, key)
            key.speed = 1;
            self.insert(key')
        end
    end
end
