%{
# measured by hand
tank.Water (imported) # my newest table
->tank.Tank
day : date
---
ph : float
%}

classdef Water < dj.Relvar & dj.AutoPopulate
    properties(Constant)
        table = dj.Table('tank.Water')
        popRel = tank.Tank('litres > 100')  % !!! update the populate relation
    end
end
