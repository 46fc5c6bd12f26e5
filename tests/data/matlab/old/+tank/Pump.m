%{
tank.Pump (lookup) #
pump : char(8)
%}
