-- Written by `djc sql` for PostgreSQL, as datajoint 0.14 would declare it: 34 tables in 7 schemas.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE SCHEMA IF NOT EXISTS "common_device";

CREATE SCHEMA IF NOT EXISTS "common_interval";

CREATE SCHEMA IF NOT EXISTS "common_lab";

CREATE SCHEMA IF NOT EXISTS "common_nwbfile";

CREATE SCHEMA IF NOT EXISTS "common_session";

CREATE SCHEMA IF NOT EXISTS "common_subject";

CREATE SCHEMA IF NOT EXISTS "common_usage";

CREATE TABLE IF NOT EXISTS "common_device"."data_acquisition_device_system" (
  "data_acquisition_device_system" varchar(80) NOT NULL,
  PRIMARY KEY ("data_acquisition_device_system")
);

COMMENT ON TABLE "common_device"."data_acquisition_device_system" IS 'systems that acquisition devices belong to';

CREATE TABLE IF NOT EXISTS "common_device"."data_acquisition_device_amplifier" (
  "data_acquisition_device_amplifier" varchar(80) NOT NULL,
  PRIMARY KEY ("data_acquisition_device_amplifier")
);

COMMENT ON TABLE "common_device"."data_acquisition_device_amplifier" IS 'amplifiers of acquisition devices';

CREATE TABLE IF NOT EXISTS "common_device"."data_acquisition_device" (
  "data_acquisition_device_name" varchar(80) NOT NULL,
  "data_acquisition_device_system" varchar(80) DEFAULT NULL,
  "data_acquisition_device_amplifier" varchar(80) DEFAULT NULL,
  "adc_circuit" varchar(2000) DEFAULT NULL,
  PRIMARY KEY ("data_acquisition_device_name"),
  FOREIGN KEY ("data_acquisition_device_system") REFERENCES "common_device"."data_acquisition_device_system" ("data_acquisition_device_system") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("data_acquisition_device_amplifier") REFERENCES "common_device"."data_acquisition_device_amplifier" ("data_acquisition_device_amplifier") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_data_acquisition_device_data_acquisition_device_system" ON "common_device"."data_acquisition_device" ("data_acquisition_device_system");

CREATE INDEX IF NOT EXISTS "idx_data_acquisition_device_data_acquisition_device_amplif" ON "common_device"."data_acquisition_device" ("data_acquisition_device_amplifier");

COMMENT ON TABLE "common_device"."data_acquisition_device" IS '';

CREATE TABLE IF NOT EXISTS "common_device"."camera_device" (
  "camera_name" varchar(80) NOT NULL,
  "meters_per_pixel" real NOT NULL DEFAULT '0',
  "manufacturer" varchar(2000) NOT NULL DEFAULT '',
  "model" varchar(2000) NOT NULL DEFAULT '',
  "lens" varchar(2000) NOT NULL DEFAULT '',
  "camera_id" integer NOT NULL DEFAULT '-1',
  PRIMARY KEY ("camera_name")
);

COMMENT ON TABLE "common_device"."camera_device" IS '';

COMMENT ON COLUMN "common_device"."camera_device"."meters_per_pixel" IS 'edge of a pixel, in metres';

CREATE TABLE IF NOT EXISTS "common_device"."probe_type" (
  "probe_type" varchar(80) NOT NULL,
  "probe_description" varchar(2000) NOT NULL,
  "manufacturer" varchar(200) NOT NULL DEFAULT '',
  "num_shanks" integer NOT NULL,
  PRIMARY KEY ("probe_type")
);

COMMENT ON TABLE "common_device"."probe_type" IS 'kinds of probe, whatever their channel map';

COMMENT ON COLUMN "common_device"."probe_type"."probe_description" IS 'what it is';

COMMENT ON COLUMN "common_device"."probe_type"."manufacturer" IS 'who makes it';

COMMENT ON COLUMN "common_device"."probe_type"."num_shanks" IS 'how many shanks it has';

DO $djc$ BEGIN
  CREATE TYPE "common_device"."enum_5626d2f2" AS ENUM ('True', 'False');
EXCEPTION WHEN duplicate_object THEN NULL;
END $djc$;

CREATE TABLE IF NOT EXISTS "common_device"."probe" (
  "probe_id" varchar(80) NOT NULL,
  "probe_type" varchar(80) NOT NULL,
  "data_acquisition_device_name" varchar(80) DEFAULT NULL,
  "contact_side_numbering" "common_device"."enum_5626d2f2" NOT NULL,
  PRIMARY KEY ("probe_id"),
  FOREIGN KEY ("probe_type") REFERENCES "common_device"."probe_type" ("probe_type") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("data_acquisition_device_name") REFERENCES "common_device"."data_acquisition_device" ("data_acquisition_device_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_probe_probe_type" ON "common_device"."probe" ("probe_type");

CREATE INDEX IF NOT EXISTS "idx_probe_data_acquisition_device_name" ON "common_device"."probe" ("data_acquisition_device_name");

COMMENT ON TABLE "common_device"."probe" IS 'one configuration of a kind of probe';

COMMENT ON COLUMN "common_device"."probe"."probe_id" IS 'name of probe and configuration';

COMMENT ON COLUMN "common_device"."probe"."contact_side_numbering" IS 'whether contacts are numbered as seen from the front';

CREATE TABLE IF NOT EXISTS "common_device"."probe__shank" (
  "probe_id" varchar(80) NOT NULL,
  "probe_shank" integer NOT NULL,
  PRIMARY KEY ("probe_id", "probe_shank"),
  FOREIGN KEY ("probe_id") REFERENCES "common_device"."probe" ("probe_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "common_device"."probe__shank" IS '';

COMMENT ON COLUMN "common_device"."probe__shank"."probe_id" IS 'name of probe and configuration';

COMMENT ON COLUMN "common_device"."probe__shank"."probe_shank" IS 'number of the shank within the probe';

CREATE TABLE IF NOT EXISTS "common_device"."probe__electrode" (
  "probe_id" varchar(80) NOT NULL,
  "probe_shank" integer NOT NULL,
  "probe_electrode" integer NOT NULL,
  "contact_size" real DEFAULT NULL,
  "rel_x" real DEFAULT NULL,
  "rel_y" real DEFAULT NULL,
  "rel_z" real DEFAULT NULL,
  PRIMARY KEY ("probe_id", "probe_shank", "probe_electrode"),
  FOREIGN KEY ("probe_id", "probe_shank") REFERENCES "common_device"."probe__shank" ("probe_id", "probe_shank") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "common_device"."probe__electrode" IS 'contacts of a shank';

COMMENT ON COLUMN "common_device"."probe__electrode"."probe_id" IS 'name of probe and configuration';

COMMENT ON COLUMN "common_device"."probe__electrode"."probe_shank" IS 'number of the shank within the probe';

COMMENT ON COLUMN "common_device"."probe__electrode"."probe_electrode" IS 'number of the contact';

COMMENT ON COLUMN "common_device"."probe__electrode"."contact_size" IS 'micrometres';

COMMENT ON COLUMN "common_device"."probe__electrode"."rel_x" IS 'micrometres';

COMMENT ON COLUMN "common_device"."probe__electrode"."rel_y" IS 'micrometres';

COMMENT ON COLUMN "common_device"."probe__electrode"."rel_z" IS 'micrometres';

CREATE TABLE IF NOT EXISTS "common_nwbfile"."~external_raw" (
  "hash" uuid NOT NULL,
  "size" numeric(20,0) NOT NULL,
  "attachment_name" varchar(255) DEFAULT NULL,
  "filepath" varchar(1000) DEFAULT NULL,
  "contents_hash" uuid DEFAULT NULL,
  "timestamp" timestamp(0) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("hash")
);

COMMENT ON TABLE "common_nwbfile"."~external_raw" IS 'external storage tracking';

COMMENT ON COLUMN "common_nwbfile"."~external_raw"."hash" IS ':uuid:hash of contents (blob), of filename + contents (attach), or relative filepath (filepath)';

COMMENT ON COLUMN "common_nwbfile"."~external_raw"."size" IS ':bigint unsigned:size of object in bytes';

COMMENT ON COLUMN "common_nwbfile"."~external_raw"."attachment_name" IS 'the filename of an attachment';

COMMENT ON COLUMN "common_nwbfile"."~external_raw"."filepath" IS 'relative filepath or attachment filename';

COMMENT ON COLUMN "common_nwbfile"."~external_raw"."contents_hash" IS ':uuid:used for the filepath datatype';

COMMENT ON COLUMN "common_nwbfile"."~external_raw"."timestamp" IS ':timestamp:automatic timestamp';

CREATE TABLE IF NOT EXISTS "common_nwbfile"."nwbfile" (
  "nwb_file_name" varchar(64) NOT NULL,
  "nwb_file_abs_path" uuid NOT NULL,
  PRIMARY KEY ("nwb_file_name"),
  FOREIGN KEY ("nwb_file_abs_path") REFERENCES "common_nwbfile"."~external_raw" ("hash") ON UPDATE RESTRICT ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_nwbfile_nwb_file_abs_path" ON "common_nwbfile"."nwbfile" ("nwb_file_abs_path");

COMMENT ON TABLE "common_nwbfile"."nwbfile" IS 'raw NWB files';

COMMENT ON COLUMN "common_nwbfile"."nwbfile"."nwb_file_name" IS 'file name, without its folder';

COMMENT ON COLUMN "common_nwbfile"."nwbfile"."nwb_file_abs_path" IS ':filepath@raw:';

DO $djc$ BEGIN
  CREATE TYPE "common_subject"."enum_e54fc739" AS ENUM ('M', 'F', 'U');
EXCEPTION WHEN duplicate_object THEN NULL;
END $djc$;

CREATE TABLE IF NOT EXISTS "common_subject"."subject" (
  "subject_id" varchar(80) NOT NULL,
  "age" varchar(200) DEFAULT NULL,
  "description" varchar(2000) DEFAULT NULL,
  "genotype" varchar(2000) DEFAULT NULL,
  "sex" "common_subject"."enum_e54fc739" NOT NULL DEFAULT 'U',
  "species" varchar(200) DEFAULT NULL,
  PRIMARY KEY ("subject_id")
);

COMMENT ON TABLE "common_subject"."subject" IS '';

CREATE TABLE IF NOT EXISTS "common_lab"."institution" (
  "institution_name" varchar(80) NOT NULL,
  PRIMARY KEY ("institution_name")
);

COMMENT ON TABLE "common_lab"."institution" IS '';

CREATE TABLE IF NOT EXISTS "common_lab"."lab" (
  "lab_name" varchar(80) NOT NULL,
  PRIMARY KEY ("lab_name")
);

COMMENT ON TABLE "common_lab"."lab" IS '';

CREATE TABLE IF NOT EXISTS "common_session"."_session" (
  "nwb_file_name" varchar(64) NOT NULL,
  "subject_id" varchar(80) DEFAULT NULL,
  "institution_name" varchar(80) DEFAULT NULL,
  "lab_name" varchar(80) DEFAULT NULL,
  "session_id" varchar(200) DEFAULT NULL,
  "session_description" varchar(2000) NOT NULL,
  "session_start_time" timestamp(0) NOT NULL,
  "timestamps_reference_time" timestamp(0) NOT NULL,
  "experiment_description" varchar(2000) DEFAULT NULL,
  PRIMARY KEY ("nwb_file_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_nwbfile"."nwbfile" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("subject_id") REFERENCES "common_subject"."subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("institution_name") REFERENCES "common_lab"."institution" ("institution_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("lab_name") REFERENCES "common_lab"."lab" ("lab_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx__session_subject_id" ON "common_session"."_session" ("subject_id");

CREATE INDEX IF NOT EXISTS "idx__session_institution_name" ON "common_session"."_session" ("institution_name");

CREATE INDEX IF NOT EXISTS "idx__session_lab_name" ON "common_session"."_session" ("lab_name");

COMMENT ON TABLE "common_session"."_session" IS 'recording sessions';

COMMENT ON COLUMN "common_session"."_session"."nwb_file_name" IS 'file name, without its folder';

CREATE TABLE IF NOT EXISTS "common_interval"."interval_list" (
  "nwb_file_name" varchar(64) NOT NULL,
  "interval_list_name" varchar(170) NOT NULL,
  "valid_times" bytea NOT NULL,
  "pipeline" varchar(64) NOT NULL DEFAULT '',
  PRIMARY KEY ("nwb_file_name", "interval_list_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_session"."_session" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "common_interval"."interval_list" IS 'intervals that analyses use';

COMMENT ON COLUMN "common_interval"."interval_list"."nwb_file_name" IS 'file name, without its folder';

COMMENT ON COLUMN "common_interval"."interval_list"."interval_list_name" IS 'what the list is called';

COMMENT ON COLUMN "common_interval"."interval_list"."valid_times" IS ':<blob>:start and end of each interval, seconds, one row each';

COMMENT ON COLUMN "common_interval"."interval_list"."pipeline" IS 'which pipeline made the list';

CREATE TABLE IF NOT EXISTS "common_lab"."lab_member" (
  "lab_member_name" varchar(80) NOT NULL,
  "first_name" varchar(200) NOT NULL,
  "last_name" varchar(200) NOT NULL,
  PRIMARY KEY ("lab_member_name")
);

COMMENT ON TABLE "common_lab"."lab_member" IS '';

CREATE TABLE IF NOT EXISTS "common_lab"."lab_member__lab_member_info" (
  "lab_member_name" varchar(80) NOT NULL,
  "google_user_name" varchar(200) NOT NULL,
  "datajoint_user_name" varchar(200) NOT NULL DEFAULT '',
  "admin" boolean NOT NULL DEFAULT 'false',
  PRIMARY KEY ("lab_member_name"),
  FOREIGN KEY ("lab_member_name") REFERENCES "common_lab"."lab_member" ("lab_member_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE UNIQUE INDEX IF NOT EXISTS "idx_lab_member__lab_member_info_datajoint_user_name" ON "common_lab"."lab_member__lab_member_info" ("datajoint_user_name");

CREATE UNIQUE INDEX IF NOT EXISTS "idx_lab_member__lab_member_info_google_user_name" ON "common_lab"."lab_member__lab_member_info" ("google_user_name");

COMMENT ON TABLE "common_lab"."lab_member__lab_member_info" IS 'accounts of a lab member';

COMMENT ON COLUMN "common_lab"."lab_member__lab_member_info"."google_user_name" IS 'account for curation';

COMMENT ON COLUMN "common_lab"."lab_member__lab_member_info"."datajoint_user_name" IS 'account of the database';

COMMENT ON COLUMN "common_lab"."lab_member__lab_member_info"."admin" IS 'whether permission checks are skipped';

CREATE TABLE IF NOT EXISTS "common_lab"."lab_team" (
  "team_name" varchar(80) NOT NULL,
  "team_description" varchar(2000) NOT NULL DEFAULT '',
  PRIMARY KEY ("team_name")
);

COMMENT ON TABLE "common_lab"."lab_team" IS '';

CREATE TABLE IF NOT EXISTS "common_lab"."lab_team__lab_team_member" (
  "team_name" varchar(80) NOT NULL,
  "lab_member_name" varchar(80) NOT NULL,
  PRIMARY KEY ("team_name", "lab_member_name"),
  FOREIGN KEY ("team_name") REFERENCES "common_lab"."lab_team" ("team_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("lab_member_name") REFERENCES "common_lab"."lab_member" ("lab_member_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_lab_team__lab_team_member_lab_member_name" ON "common_lab"."lab_team__lab_team_member" ("lab_member_name");

COMMENT ON TABLE "common_lab"."lab_team__lab_team_member" IS '';

CREATE TABLE IF NOT EXISTS "common_nwbfile"."analysis_registry" (
  "full_table_name" varchar(128) NOT NULL,
  "created_at" timestamp(0) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "created_by" varchar(32) NOT NULL,
  PRIMARY KEY ("full_table_name")
);

COMMENT ON TABLE "common_nwbfile"."analysis_registry" IS '';

COMMENT ON COLUMN "common_nwbfile"."analysis_registry"."full_table_name" IS 'the table, as the server writes it';

COMMENT ON COLUMN "common_nwbfile"."analysis_registry"."created_at" IS ':timestamp:time of registration';

COMMENT ON COLUMN "common_nwbfile"."analysis_registry"."created_by" IS 'account that registered it';

CREATE TABLE IF NOT EXISTS "common_nwbfile"."~external_analysis" (
  "hash" uuid NOT NULL,
  "size" numeric(20,0) NOT NULL,
  "attachment_name" varchar(255) DEFAULT NULL,
  "filepath" varchar(1000) DEFAULT NULL,
  "contents_hash" uuid DEFAULT NULL,
  "timestamp" timestamp(0) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("hash")
);

COMMENT ON TABLE "common_nwbfile"."~external_analysis" IS 'external storage tracking';

COMMENT ON COLUMN "common_nwbfile"."~external_analysis"."hash" IS ':uuid:hash of contents (blob), of filename + contents (attach), or relative filepath (filepath)';

COMMENT ON COLUMN "common_nwbfile"."~external_analysis"."size" IS ':bigint unsigned:size of object in bytes';

COMMENT ON COLUMN "common_nwbfile"."~external_analysis"."attachment_name" IS 'the filename of an attachment';

COMMENT ON COLUMN "common_nwbfile"."~external_analysis"."filepath" IS 'relative filepath or attachment filename';

COMMENT ON COLUMN "common_nwbfile"."~external_analysis"."contents_hash" IS ':uuid:used for the filepath datatype';

COMMENT ON COLUMN "common_nwbfile"."~external_analysis"."timestamp" IS ':timestamp:automatic timestamp';

CREATE TABLE IF NOT EXISTS "common_nwbfile"."analysis_nwbfile" (
  "analysis_file_name" varchar(64) NOT NULL,
  "nwb_file_name" varchar(64) NOT NULL,
  "analysis_file_abs_path" uuid NOT NULL,
  "analysis_file_description" varchar(2000) NOT NULL DEFAULT '',
  "analysis_parameters" bytea DEFAULT NULL,
  PRIMARY KEY ("analysis_file_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_nwbfile"."nwbfile" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("analysis_file_abs_path") REFERENCES "common_nwbfile"."~external_analysis" ("hash") ON UPDATE RESTRICT ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_analysis_nwbfile_analysis_file_abs_path" ON "common_nwbfile"."analysis_nwbfile" ("analysis_file_abs_path");

CREATE INDEX IF NOT EXISTS "idx_analysis_nwbfile_nwb_file_name" ON "common_nwbfile"."analysis_nwbfile" ("nwb_file_name");

COMMENT ON TABLE "common_nwbfile"."analysis_nwbfile" IS 'NWB files that hold results';

COMMENT ON COLUMN "common_nwbfile"."analysis_nwbfile"."analysis_file_name" IS 'file name, without its folder';

COMMENT ON COLUMN "common_nwbfile"."analysis_nwbfile"."nwb_file_name" IS 'file name, without its folder';

COMMENT ON COLUMN "common_nwbfile"."analysis_nwbfile"."analysis_file_abs_path" IS ':filepath@analysis:where the file is';

COMMENT ON COLUMN "common_nwbfile"."analysis_nwbfile"."analysis_file_description" IS 'free text about the analysis';

COMMENT ON COLUMN "common_nwbfile"."analysis_nwbfile"."analysis_parameters" IS ':<blob>:further parameters, for analyses over several recordings';

CREATE TABLE IF NOT EXISTS "common_session"."_session__data_acquisition_device" (
  "nwb_file_name" varchar(64) NOT NULL,
  "data_acquisition_device_name" varchar(80) NOT NULL,
  PRIMARY KEY ("nwb_file_name", "data_acquisition_device_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_session"."_session" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("data_acquisition_device_name") REFERENCES "common_device"."data_acquisition_device" ("data_acquisition_device_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx__session__data_acquisition_device_data_acquisition_device_n" ON "common_session"."_session__data_acquisition_device" ("data_acquisition_device_name");

COMMENT ON TABLE "common_session"."_session__data_acquisition_device" IS 'devices of a session';

COMMENT ON COLUMN "common_session"."_session__data_acquisition_device"."nwb_file_name" IS 'file name, without its folder';

CREATE TABLE IF NOT EXISTS "common_session"."_session__experimenter" (
  "nwb_file_name" varchar(64) NOT NULL,
  "lab_member_name" varchar(80) NOT NULL,
  PRIMARY KEY ("nwb_file_name", "lab_member_name"),
  FOREIGN KEY ("nwb_file_name") REFERENCES "common_session"."_session" ("nwb_file_name") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("lab_member_name") REFERENCES "common_lab"."lab_member" ("lab_member_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx__session__experimenter_lab_member_name" ON "common_session"."_session__experimenter" ("lab_member_name");

COMMENT ON TABLE "common_session"."_session__experimenter" IS 'experimenters of a session';

COMMENT ON COLUMN "common_session"."_session__experimenter"."nwb_file_name" IS 'file name, without its folder';

CREATE TABLE IF NOT EXISTS "common_usage"."cautious_delete" (
  "id" serial NOT NULL,
  "dj_user" varchar(64) NOT NULL,
  "duration" real NOT NULL,
  "origin" varchar(64) NOT NULL,
  "restriction" varchar(255) NOT NULL,
  "merge_deletes" bytea DEFAULT NULL,
  PRIMARY KEY ("id")
);

COMMENT ON TABLE "common_usage"."cautious_delete" IS '';

COMMENT ON COLUMN "common_usage"."cautious_delete"."id" IS ':int auto_increment:';

COMMENT ON COLUMN "common_usage"."cautious_delete"."merge_deletes" IS ':<blob>:';

CREATE TABLE IF NOT EXISTS "common_usage"."insert_error" (
  "id" serial NOT NULL,
  "dj_user" varchar(64) NOT NULL,
  "connection_id" integer NOT NULL,
  "nwb_file_name" varchar(64) NOT NULL,
  "table" varchar(64) NOT NULL,
  "error_type" varchar(64) NOT NULL,
  "error_message" varchar(255) NOT NULL,
  "error_raw" bytea DEFAULT NULL,
  PRIMARY KEY ("id")
);

COMMENT ON TABLE "common_usage"."insert_error" IS '';

COMMENT ON COLUMN "common_usage"."insert_error"."id" IS ':int auto_increment:';

COMMENT ON COLUMN "common_usage"."insert_error"."connection_id" IS 'number of the connection at the server';

COMMENT ON COLUMN "common_usage"."insert_error"."error_raw" IS ':<blob>:';

CREATE TABLE IF NOT EXISTS "common_usage"."activity_log" (
  "id" serial NOT NULL,
  "function" varchar(64) NOT NULL,
  "dj_user" varchar(64) NOT NULL,
  "timestamp" timestamp(0) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("id")
);

COMMENT ON TABLE "common_usage"."activity_log" IS '';

COMMENT ON COLUMN "common_usage"."activity_log"."id" IS ':int auto_increment:';

COMMENT ON COLUMN "common_usage"."activity_log"."timestamp" IS ':timestamp:';

CREATE TABLE IF NOT EXISTS "common_usage"."export_selection" (
  "export_id" serial NOT NULL,
  "paper_id" varchar(32) NOT NULL,
  "analysis_id" varchar(32) NOT NULL,
  "spyglass_version" varchar(16) NOT NULL,
  "time" timestamp(0) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("export_id")
);

CREATE UNIQUE INDEX IF NOT EXISTS "idx_export_selection_paper_id_analysis_id" ON "common_usage"."export_selection" ("paper_id", "analysis_id");

COMMENT ON TABLE "common_usage"."export_selection" IS '';

COMMENT ON COLUMN "common_usage"."export_selection"."export_id" IS ':int auto_increment:';

COMMENT ON COLUMN "common_usage"."export_selection"."time" IS ':timestamp:';

CREATE TABLE IF NOT EXISTS "common_usage"."export_selection__table" (
  "export_id" integer NOT NULL,
  "table_id" integer NOT NULL,
  "table_name" varchar(128) NOT NULL,
  "restriction" varchar(2048) NOT NULL,
  PRIMARY KEY ("export_id", "table_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage"."export_selection" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "common_usage"."export_selection__table" IS '';

COMMENT ON COLUMN "common_usage"."export_selection__table"."export_id" IS ':int auto_increment:';

CREATE TABLE IF NOT EXISTS "common_usage"."export_selection__file" (
  "export_id" integer NOT NULL,
  "analysis_file_name" varchar(64) NOT NULL,
  PRIMARY KEY ("export_id", "analysis_file_name"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage"."export_selection" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("analysis_file_name") REFERENCES "common_nwbfile"."analysis_nwbfile" ("analysis_file_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_export_selection__file_analysis_file_name" ON "common_usage"."export_selection__file" ("analysis_file_name");

COMMENT ON TABLE "common_usage"."export_selection__file" IS '';

COMMENT ON COLUMN "common_usage"."export_selection__file"."export_id" IS ':int auto_increment:';

COMMENT ON COLUMN "common_usage"."export_selection__file"."analysis_file_name" IS 'file name, without its folder';

CREATE TABLE IF NOT EXISTS "common_usage"."__export" (
  "export_id" integer NOT NULL,
  "paper_id" varchar(32) NOT NULL,
  "included_nwb_file_names" bytea DEFAULT NULL,
  PRIMARY KEY ("export_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage"."export_selection" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "common_usage"."__export" IS '';

COMMENT ON COLUMN "common_usage"."__export"."export_id" IS ':int auto_increment:';

COMMENT ON COLUMN "common_usage"."__export"."included_nwb_file_names" IS ':<blob>:raw files that belong to it';

CREATE TABLE IF NOT EXISTS "common_usage"."__export__table" (
  "export_id" integer NOT NULL,
  "table_id" integer NOT NULL,
  "table_name" varchar(128) NOT NULL,
  "restriction" bytea NOT NULL,
  PRIMARY KEY ("export_id", "table_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage"."__export" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE UNIQUE INDEX IF NOT EXISTS "idx___export__table_export_id_table_name" ON "common_usage"."__export__table" ("export_id", "table_name");

COMMENT ON TABLE "common_usage"."__export__table" IS '';

COMMENT ON COLUMN "common_usage"."__export__table"."export_id" IS ':int auto_increment:';

COMMENT ON COLUMN "common_usage"."__export__table"."restriction" IS ':<blob>:';

CREATE TABLE IF NOT EXISTS "common_usage"."__export__file" (
  "export_id" integer NOT NULL,
  "file_id" integer NOT NULL,
  "file_path" varchar(255) NOT NULL,
  PRIMARY KEY ("export_id", "file_id"),
  FOREIGN KEY ("export_id") REFERENCES "common_usage"."__export" ("export_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "common_usage"."__export__file" IS '';

COMMENT ON COLUMN "common_usage"."__export__file"."export_id" IS ':int auto_increment:';

CREATE TABLE IF NOT EXISTS "common_usage"."export_error_log" (
  "file" varchar(255) NOT NULL,
  "source" varchar(255) NOT NULL,
  PRIMARY KEY ("file", "source")
);

COMMENT ON TABLE "common_usage"."export_error_log" IS '';

COMMENT ON COLUMN "common_usage"."export_error_log"."file" IS 'the file';

COMMENT ON COLUMN "common_usage"."export_error_log"."source" IS 'where it failed';
