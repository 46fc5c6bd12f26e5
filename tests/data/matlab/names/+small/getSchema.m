function obj = getSchema
persistent schemaObject
if isempty(schemaObject)
    schemaObject = dj.Schema(dj.conn, 'small', 'small_lab');
end
obj = schemaObject;
end
