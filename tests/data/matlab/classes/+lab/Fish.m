%{
# fish of the aquarium
fish_id       : int             # running number

---
-> lab.Species
hatched=null  : date            # 20% are guessed
%}
%
% FISH  one row for each fish.
%
%   See also lab.Species

classdef Fish < dj.Manual
end
