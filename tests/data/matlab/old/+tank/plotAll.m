function plotAll
plot(fetchn(tank.Water, 'ph')')
end
