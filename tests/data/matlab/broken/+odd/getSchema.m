function obj = getSchema
persistent schemaObject
if isempty(schemaObject)
    schemaObject = dj.Schema(dj.conn, 'odd', 'odd');
end
obj = schemaObject;
end
