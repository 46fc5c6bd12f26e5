classdef Shut < dj.Manual
end
