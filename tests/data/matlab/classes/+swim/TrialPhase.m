%{
-> swim.Trial
phase : enum('start', 'glide')
---
duration : float   # (s)
%}
classdef TrialPhase < dj.Part
    properties (SetAccess = protected)
        master = swim.Trial;
    end
end
