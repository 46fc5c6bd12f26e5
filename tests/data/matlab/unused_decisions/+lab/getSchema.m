function o = getSchema
    o = dj.Schema(dj.conn, "lab", pick("lab"));
end
