function obj = getSchema
obj = dj.Schema('tank', 'old_tank');
