function obj = getSchema
cfg = dj.config;
obj = dj.Schema(dj.conn, 'LAB', [cfg.custom.databasePrefix, 'lab']);
end
