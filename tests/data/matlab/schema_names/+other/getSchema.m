function o = getSchema
o = outer.getSchema;
end
