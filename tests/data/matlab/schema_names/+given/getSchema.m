function o = getSchema
o = dj.Schema(dj.conn, 'given', pick('given'));
end
