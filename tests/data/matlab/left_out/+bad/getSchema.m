function obj = getSchema
persistent schemaObject
if isempty(schemaObject)
    schemaObject = dj.Schema(dj.conn, 'bad', 'bad');
end
obj = schemaObject;
end
