% tank.Tank - the tanks we have had
% Some are gone.

%{
tank.Tank (manual) # glass tanks

tank_id  : smallint unsigned  # written on the side
-----
litres=60: int
%}

classdef Tank < dj.Relvar

	properties(Constant)
		table = dj.Table('tank.Tank')
	end

	methods
		function self = Tank(varargin)
			self.restrict(varargin)
		end
	end
end
