function obj = getSchema
persistent schemaObject
if isempty(schemaObject)
    schemaObject = dj.Schema(dj.conn, 'swim', [getenv('AQUARIUM_PREFIX') 'swim']);
end
obj = schemaObject;
end
