function o = getSchema
o = dj.Schema(dj.conn, 'computed', pick('computed'));
end
