function obj = getSchema
persistent schemaObject
if isempty(schemaObject)
    schemaObject = dj.Schema(dj.conn, 'outer', 'shared_schema');
end
obj = schemaObject;
end
