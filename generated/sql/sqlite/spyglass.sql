-- Written by `djc sql` for SQLite, as datajoint 0.14 would declare it: 34 tables in 7 schemas.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_interval', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_lab', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_nwbfile', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_session', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_subject', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "common_device.data_acquisition_device_system" (
  "data_acquisition_device_system" TEXT NOT NULL,
  PRIMARY KEY ("data_acquisition_device_system")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'data_acquisition_device_system', '', NULL, 'systems that acquisition devices belong to', '0.14'),
  ('common_device', 'data_acquisition_device_system', 'data_acquisition_device_system', 'varchar(80)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_device.data_acquisition_device_amplifier" (
  "data_acquisition_device_amplifier" TEXT NOT NULL,
  PRIMARY KEY ("data_acquisition_device_amplifier")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'data_acquisition_device_amplifier', '', NULL, 'amplifiers of acquisition devices', '0.14'),
  ('common_device', 'data_acquisition_device_amplifier', 'data_acquisition_device_amplifier', 'varchar(80)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_device.data_acquisition_device" (
  "data_acquisition_device_name" TEXT NOT NULL,
  "data_acquisition_device_system" TEXT DEFAULT NULL,
  "data_acquisition_device_amplifier" TEXT DEFAULT NULL,
  "adc_circuit" TEXT DEFAULT NULL,
  PRIMARY KEY ("data_acquisition_device_name"),
  FOREIGN KEY ("data_acquisition_device_system") REFERENCES "common_device.data_acquisition_device_system" ("data_acquisition_device_system") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("data_acquisition_device_amplifier") REFERENCES "common_device.data_acquisition_device_amplifier" ("data_acquisition_device_amplifier") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_device.data_acquisition_device.data_acquisition_device_system" ON "common_device.data_acquisition_device" ("data_acquisition_device_system");

CREATE INDEX IF NOT EXISTS "common_device.data_acquisition_device.data_acquisition_device_amplifier" ON "common_device.data_acquisition_device" ("data_acquisition_device_amplifier");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'data_acquisition_device', '', NULL, '', '0.14'),
  ('common_device', 'data_acquisition_device', 'data_acquisition_device_name', 'varchar(80)', '', NULL),
  ('common_device', 'data_acquisition_device', 'data_acquisition_device_system', 'varchar(80)', '', NULL),
  ('common_device', 'data_acquisition_device', 'data_acquisition_device_amplifier', 'varchar(80)', '', NULL),
  ('common_device', 'data_acquisition_device', 'adc_circuit', 'varchar(2000)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_device.camera_device" (
  "camera_name" TEXT NOT NULL,
  "meters_per_pixel" REAL NOT NULL DEFAULT 0,
  "manufacturer" TEXT NOT NULL DEFAULT '',
  "model" TEXT NOT NULL DEFAULT '',
  "lens" TEXT NOT NULL DEFAULT '',
  "camera_id" INTEGER NOT NULL DEFAULT -1,
  PRIMARY KEY ("camera_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'camera_device', '', NULL, '', '0.14'),
  ('common_device', 'camera_device', 'camera_name', 'varchar(80)', '', NULL),
  ('common_device', 'camera_device', 'meters_per_pixel', 'float', 'edge of a pixel, in metres', NULL),
  ('common_device', 'camera_device', 'manufacturer', 'varchar(2000)', '', NULL),
  ('common_device', 'camera_device', 'model', 'varchar(2000)', '', NULL),
  ('common_device', 'camera_device', 'lens', 'varchar(2000)', '', NULL),
  ('common_device', 'camera_device', 'camera_id', 'int', '', NULL);

CREATE TABLE IF NOT EXISTS "common_device.probe_type" (
  "probe_type" TEXT NOT NULL,
  "probe_description" TEXT NOT NULL,
  "manufacturer" TEXT NOT NULL DEFAULT '',
  "num_shanks" INTEGER NOT NULL,
  PRIMARY KEY ("probe_type")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'probe_type', '', NULL, 'kinds of probe, whatever their channel map', '0.14'),
  ('common_device', 'probe_type', 'probe_type', 'varchar(80)', '', NULL),
  ('common_device', 'probe_type', 'probe_description', 'varchar(2000)', 'what it is', NULL),
  ('common_device', 'probe_type', 'manufacturer', 'varchar(200)', 'who makes it', NULL),
  ('common_device', 'probe_type', 'num_shanks', 'int', 'how many shanks it has', NULL);

CREATE TABLE IF NOT EXISTS "common_device.probe" (
  "probe_id" TEXT NOT NULL,
  "probe_type" TEXT NOT NULL,
  "data_acquisition_device_name" TEXT DEFAULT NULL,
  "contact_side_numbering" TEXT NOT NULL CHECK ("contact_side_numbering" IN ('True', 'False')),
  PRIMARY KEY ("probe_id"),
  FOREIGN KEY ("probe_type") REFERENCES "common_device.probe_type" ("probe_type") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("data_acquisition_device_name") REFERENCES "common_device.data_acquisition_device" ("data_acquisition_device_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_device.probe.probe_type" ON "common_device.probe" ("probe_type");

CREATE INDEX IF NOT EXISTS "common_device.probe.data_acquisition_device_name" ON "common_device.probe" ("data_acquisition_device_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'probe', '', NULL, 'one configuration of a kind of probe', '0.14'),
  ('common_device', 'probe', 'probe_id', 'varchar(80)', 'name of probe and configuration', NULL),
  ('common_device', 'probe', 'probe_type', 'varchar(80)', '', NULL),
  ('common_device', 'probe', 'data_acquisition_device_name', 'varchar(80)', '', NULL),
  ('common_device', 'probe', 'contact_side_numbering', 'enum(''True'', ''False'')', 'whether contacts are numbered as seen from the front', NULL);

CREATE TABLE IF NOT EXISTS "common_device.probe__shank" (
  "probe_id" TEXT NOT NULL,
  "probe_shank" INTEGER NOT NULL,
  PRIMARY KEY ("probe_id", "probe_shank"),
  FOREIGN KEY ("probe_id") REFERENCES "common_device.probe" ("probe_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'probe__shank', '', NULL, '', '0.14'),
  ('common_device', 'probe__shank', 'probe_id', 'varchar(80)', 'name of probe and configuration', NULL),
  ('common_device', 'probe__shank', 'probe_shank', 'int', 'number of the shank within the probe', NULL);

CREATE TABLE IF NOT EXISTS "common_device.probe__electrode" (
  "probe_id" TEXT NOT NULL,
  "probe_shank" INTEGER NOT NULL,
  "probe_electrode" INTEGER NOT NULL,
  "contact_size" REAL DEFAULT NULL,
  "rel_x" REAL DEFAULT NULL,
  "rel_y" REAL DEFAULT NULL,
  "rel_z" REAL DEFAULT NULL,
  PRIMARY KEY ("probe_id", "probe_shank", "probe_electrode"),
  FOREIGN KEY ("probe_id", "probe_shank") REFERENCES "common_device.probe__shank" ("probe_id", "probe_shank") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_device', 'probe__electrode', '', NULL, 'contacts of a shank', '0.14'),
  ('common_device', 'probe__electrode', 'probe_id', 'varchar(80)', 'name of probe and configuration', NULL),
  ('common_device', 'probe__electrode', 'probe_shank', 'int', 'number of the shank within the probe', NULL),
  ('common_device', 'probe__electrode', 'probe_electrode', 'int', 'number of the contact', NULL),
  ('common_device', 'probe__electrode', 'contact_size', 'float', 'micrometres', NULL),
  ('common_device', 'probe__electrode', 'rel_x', 'float', 'micrometres', NULL),
  ('common_device', 'probe__electrode', 'rel_y', 'float', 'micrometres', NULL),
  ('common_device', 'probe__electrode', 'rel_z', 'float', 'micrometres', NULL);

CREATE TABLE IF NOT EXISTS "common_nwbfile.~external_raw" (
  "hash" BLOB NOT NULL,
  "size" INTEGER NOT NULL,
  "attachment_name" TEXT DEFAULT NULL,
  "filepath" TEXT DEFAULT NULL,
  "contents_hash" BLOB DEFAULT NULL,
  "timestamp" TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("hash")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_nwbfile', '~external_raw', '', NULL, 'external storage tracking', '0.14'),
  ('common_nwbfile', '~external_raw', 'hash', 'uuid', 'hash of contents (blob), of filename + contents (attach), or relative filepath (filepath)', NULL),
  ('common_nwbfile', '~external_raw', 'size', 'bigint unsigned', 'size of object in bytes', NULL),
  ('common_nwbfile', '~external_raw', 'attachment_name', 'varchar(255)', 'the filename of an attachment', NULL),
  ('common_nwbfile', '~external_raw', 'filepath', 'varchar(1000)', 'relative filepath or attachment filename', NULL),
  ('common_nwbfile', '~external_raw', 'contents_hash', 'uuid', 'used for the filepath datatype', NULL),
  ('common_nwbfile', '~external_raw', 'timestamp', 'timestamp', 'automatic timestamp', NULL);

CREATE TABLE IF NOT EXISTS "common_nwbfile.nwbfile" (
  "nwb_file_name" TEXT NOT NULL,
  "nwb_file_abs_path" BLOB NOT NULL,
  PRIMARY KEY ("nwb_file_name"),
  FOREIGN KEY ("nwb_file_abs_path") REFERENCES "common_nwbfile.~external_raw" ("hash") ON UPDATE RESTRICT ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_nwbfile.nwbfile.nwb_file_abs_path" ON "common_nwbfile.nwbfile" ("nwb_file_abs_path");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_nwbfile', 'nwbfile', '', NULL, 'raw NWB files', '0.14'),
  ('common_nwbfile', 'nwbfile', 'nwb_file_name', 'varchar(64)', 'file name, without its folder', NULL),
  ('common_nwbfile', 'nwbfile', 'nwb_file_abs_path', 'filepath@raw', '', NULL);

CREATE TABLE IF NOT EXISTS "common_subject.subject" (
  "subject_id" TEXT NOT NULL,
  "age" TEXT DEFAULT NULL,
  "description" TEXT DEFAULT NULL,
  "genotype" TEXT DEFAULT NULL,
  "sex" TEXT NOT NULL DEFAULT 'U' CHECK ("sex" IN ('M', 'F', 'U')),
  "species" TEXT DEFAULT NULL,
  PRIMARY KEY ("subject_id")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_subject', 'subject', '', NULL, '', '0.14'),
  ('common_subject', 'subject', 'subject_id', 'varchar(80)', '', NULL),
  ('common_subject', 'subject', 'age', 'varchar(200)', '', NULL),
  ('common_subject', 'subject', 'description', 'varchar(2000)', '', NULL),
  ('common_subject', 'subject', 'genotype', 'varchar(2000)', '', NULL),
  ('common_subject', 'subject', 'sex', 'enum(''M'', ''F'', ''U'')', '', NULL),
  ('common_subject', 'subject', 'species', 'varchar(200)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_lab.institution" (
  "institution_name" TEXT NOT NULL,
  PRIMARY KEY ("institution_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_lab', 'institution', '', NULL, '', '0.14'),
  ('common_lab', 'institution', 'institution_name', 'varchar(80)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_lab.lab" (
  "lab_name" TEXT NOT NULL,
  PRIMARY KEY ("lab_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_lab', 'lab', '', NULL, '', '0.14'),
  ('common_lab', 'lab', 'lab_name', 'varchar(80)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_session._session" (
  "nwb_file_name" TEXT NOT NULL,
  "subject_id" TEXT DEFAULT NULL,
  "institution_name" TEXT DEFAULT NULL,
  "lab_name" TEXT DEFAULT NULL,
  "session_id" TEXT DEFAULT NULL,
  "session_description" TEXT NOT NULL,
  "session_start_time" TEXT NOT NULL,
  "timestamps_reference_time" TEXT NOT NULL,
  "experiment_description" TEXT DEFAULT NULL,
  PRIMARY KEY ("nwb_file_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_nwbfile.nwbfile" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("subject_id") REFERENCES "common_subject.subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("institution_name") REFERENCES "common_lab.institution" ("institution_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("lab_name") REFERENCES "common_lab.lab" ("lab_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_session._session.subject_id" ON "common_session._session" ("subject_id");

CREATE INDEX IF NOT EXISTS "common_session._session.institution_name" ON "common_session._session" ("institution_name");

CREATE INDEX IF NOT EXISTS "common_session._session.lab_name" ON "common_session._session" ("lab_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_session', '_session', '', NULL, 'recording sessions', '0.14'),
  ('common_session', '_session', 'nwb_file_name', 'varchar(64)', 'file name, without its folder', NULL),
  ('common_session', '_session', 'subject_id', 'varchar(80)', '', NULL),
  ('common_session', '_session', 'institution_name', 'varchar(80)', '', NULL),
  ('common_session', '_session', 'lab_name', 'varchar(80)', '', NULL),
  ('common_session', '_session', 'session_id', 'varchar(200)', '', NULL),
  ('common_session', '_session', 'session_description', 'varchar(2000)', '', NULL),
  ('common_session', '_session', 'session_start_time', 'datetime', '', NULL),
  ('common_session', '_session', 'timestamps_reference_time', 'datetime', '', NULL),
  ('common_session', '_session', 'experiment_description', 'varchar(2000)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_interval.interval_list" (
  "nwb_file_name" TEXT NOT NULL,
  "interval_list_name" TEXT NOT NULL,
  "valid_times" BLOB NOT NULL,
  "pipeline" TEXT NOT NULL DEFAULT '',
  PRIMARY KEY ("nwb_file_name", "interval_list_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_session._session" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_interval', 'interval_list', '', NULL, 'intervals that analyses use', '0.14'),
  ('common_interval', 'interval_list', 'nwb_file_name', 'varchar(64)', 'file name, without its folder', NULL),
  ('common_interval', 'interval_list', 'interval_list_name', 'varchar(170)', 'what the list is called', NULL),
  ('common_interval', 'interval_list', 'valid_times', 'longblob', 'start and end of each interval, seconds, one row each', NULL),
  ('common_interval', 'interval_list', 'pipeline', 'varchar(64)', 'which pipeline made the list', NULL);

CREATE TABLE IF NOT EXISTS "common_lab.lab_member" (
  "lab_member_name" TEXT NOT NULL,
  "first_name" TEXT NOT NULL,
  "last_name" TEXT NOT NULL,
  PRIMARY KEY ("lab_member_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_lab', 'lab_member', '', NULL, '', '0.14'),
  ('common_lab', 'lab_member', 'lab_member_name', 'varchar(80)', '', NULL),
  ('common_lab', 'lab_member', 'first_name', 'varchar(200)', '', NULL),
  ('common_lab', 'lab_member', 'last_name', 'varchar(200)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_lab.lab_member__lab_member_info" (
  "lab_member_name" TEXT NOT NULL,
  "google_user_name" TEXT NOT NULL,
  "datajoint_user_name" TEXT NOT NULL DEFAULT '',
  "admin" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("lab_member_name"),
  FOREIGN KEY ("lab_member_name") REFERENCES "common_lab.lab_member" ("lab_member_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE UNIQUE INDEX IF NOT EXISTS "common_lab.lab_member__lab_member_info.datajoint_user_name" ON "common_lab.lab_member__lab_member_info" ("datajoint_user_name");

CREATE UNIQUE INDEX IF NOT EXISTS "common_lab.lab_member__lab_member_info.google_user_name" ON "common_lab.lab_member__lab_member_info" ("google_user_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_lab', 'lab_member__lab_member_info', '', NULL, 'accounts of a lab member', '0.14'),
  ('common_lab', 'lab_member__lab_member_info', 'lab_member_name', 'varchar(80)', '', NULL),
  ('common_lab', 'lab_member__lab_member_info', 'google_user_name', 'varchar(200)', 'account for curation', NULL),
  ('common_lab', 'lab_member__lab_member_info', 'datajoint_user_name', 'varchar(200)', 'account of the database', NULL),
  ('common_lab', 'lab_member__lab_member_info', 'admin', 'bool', 'whether permission checks are skipped', NULL);

CREATE TABLE IF NOT EXISTS "common_lab.lab_team" (
  "team_name" TEXT NOT NULL,
  "team_description" TEXT NOT NULL DEFAULT '',
  PRIMARY KEY ("team_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_lab', 'lab_team', '', NULL, '', '0.14'),
  ('common_lab', 'lab_team', 'team_name', 'varchar(80)', '', NULL),
  ('common_lab', 'lab_team', 'team_description', 'varchar(2000)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_lab.lab_team__lab_team_member" (
  "team_name" TEXT NOT NULL,
  "lab_member_name" TEXT NOT NULL,
  PRIMARY KEY ("team_name", "lab_member_name"),
  FOREIGN KEY ("team_name") REFERENCES "common_lab.lab_team" ("team_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("lab_member_name") REFERENCES "common_lab.lab_member" ("lab_member_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_lab.lab_team__lab_team_member.lab_member_name" ON "common_lab.lab_team__lab_team_member" ("lab_member_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_lab', 'lab_team__lab_team_member', '', NULL, '', '0.14'),
  ('common_lab', 'lab_team__lab_team_member', 'team_name', 'varchar(80)', '', NULL),
  ('common_lab', 'lab_team__lab_team_member', 'lab_member_name', 'varchar(80)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_nwbfile.analysis_registry" (
  "full_table_name" TEXT NOT NULL,
  "created_at" TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "created_by" TEXT NOT NULL,
  PRIMARY KEY ("full_table_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_nwbfile', 'analysis_registry', '', NULL, '', '0.14'),
  ('common_nwbfile', 'analysis_registry', 'full_table_name', 'varchar(128)', 'the table, as the server writes it', NULL),
  ('common_nwbfile', 'analysis_registry', 'created_at', 'timestamp', 'time of registration', NULL),
  ('common_nwbfile', 'analysis_registry', 'created_by', 'varchar(32)', 'account that registered it', NULL);

CREATE TABLE IF NOT EXISTS "common_nwbfile.~external_analysis" (
  "hash" BLOB NOT NULL,
  "size" INTEGER NOT NULL,
  "attachment_name" TEXT DEFAULT NULL,
  "filepath" TEXT DEFAULT NULL,
  "contents_hash" BLOB DEFAULT NULL,
  "timestamp" TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("hash")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_nwbfile', '~external_analysis', '', NULL, 'external storage tracking', '0.14'),
  ('common_nwbfile', '~external_analysis', 'hash', 'uuid', 'hash of contents (blob), of filename + contents (attach), or relative filepath (filepath)', NULL),
  ('common_nwbfile', '~external_analysis', 'size', 'bigint unsigned', 'size of object in bytes', NULL),
  ('common_nwbfile', '~external_analysis', 'attachment_name', 'varchar(255)', 'the filename of an attachment', NULL),
  ('common_nwbfile', '~external_analysis', 'filepath', 'varchar(1000)', 'relative filepath or attachment filename', NULL),
  ('common_nwbfile', '~external_analysis', 'contents_hash', 'uuid', 'used for the filepath datatype', NULL),
  ('common_nwbfile', '~external_analysis', 'timestamp', 'timestamp', 'automatic timestamp', NULL);

CREATE TABLE IF NOT EXISTS "common_nwbfile.analysis_nwbfile" (
  "analysis_file_name" TEXT NOT NULL,
  "nwb_file_name" TEXT NOT NULL,
  "analysis_file_abs_path" BLOB NOT NULL,
  "analysis_file_description" TEXT NOT NULL DEFAULT '',
  "analysis_parameters" BLOB DEFAULT NULL,
  PRIMARY KEY ("analysis_file_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_nwbfile.nwbfile" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("analysis_file_abs_path") REFERENCES "common_nwbfile.~external_analysis" ("hash") ON UPDATE RESTRICT ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_nwbfile.analysis_nwbfile.analysis_file_abs_path" ON "common_nwbfile.analysis_nwbfile" ("analysis_file_abs_path");

CREATE INDEX IF NOT EXISTS "common_nwbfile.analysis_nwbfile.nwb_file_name" ON "common_nwbfile.analysis_nwbfile" ("nwb_file_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_nwbfile', 'analysis_nwbfile', '', NULL, 'NWB files that hold results', '0.14'),
  ('common_nwbfile', 'analysis_nwbfile', 'analysis_file_name', 'varchar(64)', 'file name, without its folder', NULL),
  ('common_nwbfile', 'analysis_nwbfile', 'nwb_file_name', 'varchar(64)', 'file name, without its folder', NULL),
  ('common_nwbfile', 'analysis_nwbfile', 'analysis_file_abs_path', 'filepath@analysis', 'where the file is', NULL),
  ('common_nwbfile', 'analysis_nwbfile', 'analysis_file_description', 'varchar(2000)', 'free text about the analysis', NULL),
  ('common_nwbfile', 'analysis_nwbfile', 'analysis_parameters', 'blob', 'further parameters, for analyses over several recordings', NULL);

CREATE TABLE IF NOT EXISTS "common_session._session__data_acquisition_device" (
  "nwb_file_name" TEXT NOT NULL,
  "data_acquisition_device_name" TEXT NOT NULL,
  PRIMARY KEY ("nwb_file_name", "data_acquisition_device_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_session._session" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("data_acquisition_device_name") REFERENCES "common_device.data_acquisition_device" ("data_acquisition_device_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_session._session__data_acquisition_device.data_acquisition_device_name" ON "common_session._session__data_acquisition_device" ("data_acquisition_device_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_session', '_session__data_acquisition_device', '', NULL, 'devices of a session', '0.14'),
  ('common_session', '_session__data_acquisition_device', 'nwb_file_name', 'varchar(64)', 'file name, without its folder', NULL),
  ('common_session', '_session__data_acquisition_device', 'data_acquisition_device_name', 'varchar(80)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_session._session__experimenter" (
  "nwb_file_name" TEXT NOT NULL,
  "lab_member_name" TEXT NOT NULL,
  PRIMARY KEY ("nwb_file_name", "lab_member_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_session._session" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("lab_member_name") REFERENCES "common_lab.lab_member" ("lab_member_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_session._session__experimenter.lab_member_name" ON "common_session._session__experimenter" ("lab_member_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_session', '_session__experimenter', '', NULL, 'experimenters of a session', '0.14'),
  ('common_session', '_session__experimenter', 'nwb_file_name', 'varchar(64)', 'file name, without its folder', NULL),
  ('common_session', '_session__experimenter', 'lab_member_name', 'varchar(80)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.cautious_delete" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "dj_user" TEXT NOT NULL,
  "duration" REAL NOT NULL,
  "origin" TEXT NOT NULL,
  "restriction" TEXT NOT NULL,
  "merge_deletes" BLOB DEFAULT NULL
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', 'cautious_delete', '', NULL, '', '0.14'),
  ('common_usage', 'cautious_delete', 'id', 'int auto_increment', '', NULL),
  ('common_usage', 'cautious_delete', 'dj_user', 'varchar(64)', '', NULL),
  ('common_usage', 'cautious_delete', 'duration', 'float', '', NULL),
  ('common_usage', 'cautious_delete', 'origin', 'varchar(64)', '', NULL),
  ('common_usage', 'cautious_delete', 'restriction', 'varchar(255)', '', NULL),
  ('common_usage', 'cautious_delete', 'merge_deletes', 'blob', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.insert_error" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "dj_user" TEXT NOT NULL,
  "connection_id" INTEGER NOT NULL,
  "nwb_file_name" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "error_type" TEXT NOT NULL,
  "error_message" TEXT NOT NULL,
  "error_raw" BLOB DEFAULT NULL
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', 'insert_error', '', NULL, '', '0.14'),
  ('common_usage', 'insert_error', 'id', 'int auto_increment', '', NULL),
  ('common_usage', 'insert_error', 'dj_user', 'varchar(64)', '', NULL),
  ('common_usage', 'insert_error', 'connection_id', 'int', 'number of the connection at the server', NULL),
  ('common_usage', 'insert_error', 'nwb_file_name', 'varchar(64)', '', NULL),
  ('common_usage', 'insert_error', 'table', 'varchar(64)', '', NULL),
  ('common_usage', 'insert_error', 'error_type', 'varchar(64)', '', NULL),
  ('common_usage', 'insert_error', 'error_message', 'varchar(255)', '', NULL),
  ('common_usage', 'insert_error', 'error_raw', 'blob', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.activity_log" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "function" TEXT NOT NULL,
  "dj_user" TEXT NOT NULL,
  "timestamp" TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', 'activity_log', '', NULL, '', '0.14'),
  ('common_usage', 'activity_log', 'id', 'int auto_increment', '', NULL),
  ('common_usage', 'activity_log', 'function', 'varchar(64)', '', NULL),
  ('common_usage', 'activity_log', 'dj_user', 'varchar(64)', '', NULL),
  ('common_usage', 'activity_log', 'timestamp', 'timestamp', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.export_selection" (
  "export_id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "paper_id" TEXT NOT NULL,
  "analysis_id" TEXT NOT NULL,
  "spyglass_version" TEXT NOT NULL,
  "time" TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE UNIQUE INDEX IF NOT EXISTS "common_usage.export_selection.paper_id_analysis_id" ON "common_usage.export_selection" ("paper_id", "analysis_id");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', 'export_selection', '', NULL, '', '0.14'),
  ('common_usage', 'export_selection', 'export_id', 'int auto_increment', '', NULL),
  ('common_usage', 'export_selection', 'paper_id', 'varchar(32)', '', NULL),
  ('common_usage', 'export_selection', 'analysis_id', 'varchar(32)', '', NULL),
  ('common_usage', 'export_selection', 'spyglass_version', 'varchar(16)', '', NULL),
  ('common_usage', 'export_selection', 'time', 'timestamp', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.export_selection__table" (
  "export_id" INTEGER NOT NULL,
  "table_id" INTEGER NOT NULL,
  "table_name" TEXT NOT NULL,
  "restriction" TEXT NOT NULL,
  PRIMARY KEY ("export_id", "table_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage.export_selection" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', 'export_selection__table', '', NULL, '', '0.14'),
  ('common_usage', 'export_selection__table', 'export_id', 'int', '', NULL),
  ('common_usage', 'export_selection__table', 'table_id', 'int', '', NULL),
  ('common_usage', 'export_selection__table', 'table_name', 'varchar(128)', '', NULL),
  ('common_usage', 'export_selection__table', 'restriction', 'varchar(2048)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.export_selection__file" (
  "export_id" INTEGER NOT NULL,
  "analysis_file_name" TEXT NOT NULL,
  PRIMARY KEY ("export_id", "analysis_file_name"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage.export_selection" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("analysis_file_name") REFERENCES "common_nwbfile.analysis_nwbfile" ("analysis_file_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "common_usage.export_selection__file.analysis_file_name" ON "common_usage.export_selection__file" ("analysis_file_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', 'export_selection__file', '', NULL, '', '0.14'),
  ('common_usage', 'export_selection__file', 'export_id', 'int', '', NULL),
  ('common_usage', 'export_selection__file', 'analysis_file_name', 'varchar(64)', 'file name, without its folder', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.__export" (
  "export_id" INTEGER NOT NULL,
  "paper_id" TEXT NOT NULL,
  "included_nwb_file_names" BLOB DEFAULT NULL,
  PRIMARY KEY ("export_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage.export_selection" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', '__export', '', NULL, '', '0.14'),
  ('common_usage', '__export', 'export_id', 'int', '', NULL),
  ('common_usage', '__export', 'paper_id', 'varchar(32)', '', NULL),
  ('common_usage', '__export', 'included_nwb_file_names', 'mediumblob', 'raw files that belong to it', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.__export__table" (
  "export_id" INTEGER NOT NULL,
  "table_id" INTEGER NOT NULL,
  "table_name" TEXT NOT NULL,
  "restriction" BLOB NOT NULL,
  PRIMARY KEY ("export_id", "table_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage.__export" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE UNIQUE INDEX IF NOT EXISTS "common_usage.__export__table.export_id_table_name" ON "common_usage.__export__table" ("export_id", "table_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', '__export__table', '', NULL, '', '0.14'),
  ('common_usage', '__export__table', 'export_id', 'int', '', NULL),
  ('common_usage', '__export__table', 'table_id', 'int', '', NULL),
  ('common_usage', '__export__table', 'table_name', 'varchar(128)', '', NULL),
  ('common_usage', '__export__table', 'restriction', 'mediumblob', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.__export__file" (
  "export_id" INTEGER NOT NULL,
  "file_id" INTEGER NOT NULL,
  "file_path" TEXT NOT NULL,
  PRIMARY KEY ("export_id", "file_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage.__export" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', '__export__file', '', NULL, '', '0.14'),
  ('common_usage', '__export__file', 'export_id', 'int', '', NULL),
  ('common_usage', '__export__file', 'file_id', 'int', '', NULL),
  ('common_usage', '__export__file', 'file_path', 'varchar(255)', '', NULL);

CREATE TABLE IF NOT EXISTS "common_usage.export_error_log" (
  "file" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  PRIMARY KEY ("file", "source")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('common_usage', 'export_error_log', '', NULL, '', '0.14'),
  ('common_usage', 'export_error_log', 'file', 'varchar(255)', 'the file', NULL),
  ('common_usage', 'export_error_log', 'source', 'varchar(255)', 'where it failed', NULL);
