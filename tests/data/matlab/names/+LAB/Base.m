classdef Base < dj.Manual
    methods
    end
end
