-- Written by `djc sql` for SQLite, as datajoint 0.14 would declare it: 12 tables in 1 schema.
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
  ('demo_workshop', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.subject" (
  "subject_id" TEXT NOT NULL,
  "species" TEXT NOT NULL DEFAULT 'mouse' CHECK ("species" IN ('mouse', 'rat', 'other')),
  "date_of_birth" TEXT DEFAULT NULL,
  "note" TEXT NOT NULL DEFAULT '',
  PRIMARY KEY ("subject_id")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'subject', '', NULL, 'animals of the colony', '0.14'),
  ('demo_workshop', 'subject', 'subject_id', 'varchar(32)', 'name in the colony', NULL),
  ('demo_workshop', 'subject', 'species', 'enum(''mouse'', ''rat'', ''other'')', '', NULL),
  ('demo_workshop', 'subject', 'date_of_birth', 'date', '', NULL),
  ('demo_workshop', 'subject', 'note', 'varchar(255)', 'anything a reader should know', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.subj_blinded" (
  "subject_id" BLOB NOT NULL,
  "actual_id" TEXT NOT NULL,
  PRIMARY KEY ("subject_id"),
  FOREIGN KEY ("actual_id") REFERENCES "demo_workshop.subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "demo_workshop.subj_blinded.actual_id" ON "demo_workshop.subj_blinded" ("actual_id");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'subj_blinded', '', NULL, 'animals under blinded names', '0.14'),
  ('demo_workshop', 'subj_blinded', 'subject_id', 'uuid', 'random name, says nothing about the animal', NULL),
  ('demo_workshop', 'subj_blinded', 'actual_id', 'varchar(32)', 'name in the colony', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.#my_params" (
  "param_name" TEXT NOT NULL,
  "params" BLOB NOT NULL,
  PRIMARY KEY ("param_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', '#my_params', '', NULL, 'parameters of the analyses', '0.14'),
  ('demo_workshop', '#my_params', 'param_name', 'varchar(32)', 'short name of the set', NULL),
  ('demo_workshop', '#my_params', 'params', 'blob', 'mapping of parameter name to value', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.my_grouping" (
  "group_id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "group_name" TEXT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS "demo_workshop.my_grouping.group_name" ON "demo_workshop.my_grouping" ("group_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'my_grouping', '', NULL, 'named groups of animals', '0.14'),
  ('demo_workshop', 'my_grouping', 'group_id', 'int auto_increment', '', NULL),
  ('demo_workshop', 'my_grouping', 'group_name', 'varchar(64)', 'what people call the group', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.my_grouping__my_unit" (
  "group_id" INTEGER NOT NULL,
  "subject_id" BLOB NOT NULL,
  PRIMARY KEY ("group_id", "subject_id"),
  FOREIGN KEY ("group_id") REFERENCES "demo_workshop.my_grouping" ("group_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("subject_id") REFERENCES "demo_workshop.subj_blinded" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "demo_workshop.my_grouping__my_unit.subject_id" ON "demo_workshop.my_grouping__my_unit" ("subject_id");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'my_grouping__my_unit', '', NULL, 'animals of a group', '0.14'),
  ('demo_workshop', 'my_grouping__my_unit', 'group_id', 'int', '', NULL),
  ('demo_workshop', 'my_grouping__my_unit', 'subject_id', 'uuid', 'random name, says nothing about the animal', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.my_analysis_selection" (
  "subject_id" BLOB NOT NULL,
  "param_name" TEXT NOT NULL,
  PRIMARY KEY ("subject_id", "param_name"),
  FOREIGN KEY ("subject_id") REFERENCES "demo_workshop.subj_blinded" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("param_name") REFERENCES "demo_workshop.#my_params" ("param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "demo_workshop.my_analysis_selection.param_name" ON "demo_workshop.my_analysis_selection" ("param_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'my_analysis_selection', '', NULL, 'animals and parameters to be analysed together', '0.14'),
  ('demo_workshop', 'my_analysis_selection', 'subject_id', 'uuid', 'random name, says nothing about the animal', NULL),
  ('demo_workshop', 'my_analysis_selection', 'param_name', 'varchar(32)', 'short name of the set', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.__my_analysis" (
  "subject_id" BLOB NOT NULL,
  "param_name" TEXT NOT NULL,
  "mean_rate" REAL NOT NULL,
  "analysed_at" TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("subject_id", "param_name"),
  FOREIGN KEY ("subject_id", "param_name") REFERENCES "demo_workshop.my_analysis_selection" ("subject_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', '__my_analysis', '', NULL, 'events above threshold in one animal', '0.14'),
  ('demo_workshop', '__my_analysis', 'subject_id', 'uuid', 'random name, says nothing about the animal', NULL),
  ('demo_workshop', '__my_analysis', 'param_name', 'varchar(32)', 'short name of the set', NULL),
  ('demo_workshop', '__my_analysis', 'mean_rate', 'float', 'events per second over the whole recording', NULL),
  ('demo_workshop', '__my_analysis', 'analysed_at', 'timestamp', '', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.__my_analysis__my_part" (
  "subject_id" BLOB NOT NULL,
  "param_name" TEXT NOT NULL,
  "window_start" TEXT NOT NULL,
  "events" INTEGER NOT NULL,
  "trace" BLOB DEFAULT NULL,
  PRIMARY KEY ("subject_id", "param_name", "window_start"),
  FOREIGN KEY ("subject_id", "param_name") REFERENCES "demo_workshop.__my_analysis" ("subject_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', '__my_analysis__my_part', '', NULL, 'events in one window', '0.14'),
  ('demo_workshop', '__my_analysis__my_part', 'subject_id', 'uuid', 'random name, says nothing about the animal', NULL),
  ('demo_workshop', '__my_analysis__my_part', 'param_name', 'varchar(32)', 'short name of the set', NULL),
  ('demo_workshop', '__my_analysis__my_part', 'window_start', 'decimal(9, 3)', 'seconds from the start of the recording', NULL),
  ('demo_workshop', '__my_analysis__my_part', 'events', 'int unsigned', 'events counted in the window', NULL),
  ('demo_workshop', '__my_analysis__my_part', 'trace', 'longblob', 'samples of the window', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.__group_analysis" (
  "group_id" INTEGER NOT NULL,
  "param_name" TEXT NOT NULL,
  "mean_rate" REAL NOT NULL,
  PRIMARY KEY ("group_id", "param_name"),
  FOREIGN KEY ("group_id") REFERENCES "demo_workshop.my_grouping" ("group_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("param_name") REFERENCES "demo_workshop.#my_params" ("param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "demo_workshop.__group_analysis.param_name" ON "demo_workshop.__group_analysis" ("param_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', '__group_analysis', '', NULL, 'events above threshold in a group', '0.14'),
  ('demo_workshop', '__group_analysis', 'group_id', 'int', '', NULL),
  ('demo_workshop', '__group_analysis', 'param_name', 'varchar(32)', 'short name of the set', NULL),
  ('demo_workshop', '__group_analysis', 'mean_rate', 'float', 'events per second, mean over the animals', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.analysis_output" (
  "merge_id" BLOB NOT NULL,
  "source" TEXT NOT NULL,
  PRIMARY KEY ("merge_id")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'analysis_output', '', NULL, 'results of all analyses', '0.14'),
  ('demo_workshop', 'analysis_output', 'merge_id', 'uuid', '', NULL),
  ('demo_workshop', 'analysis_output', 'source', 'varchar(32)', '', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.analysis_output__my_analysis" (
  "merge_id" BLOB NOT NULL,
  "subject_id" BLOB NOT NULL,
  "param_name" TEXT NOT NULL,
  PRIMARY KEY ("merge_id"),
  FOREIGN KEY ("merge_id") REFERENCES "demo_workshop.analysis_output" ("merge_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("subject_id", "param_name") REFERENCES "demo_workshop.__my_analysis" ("subject_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "demo_workshop.analysis_output__my_analysis.subject_id_param_name" ON "demo_workshop.analysis_output__my_analysis" ("subject_id", "param_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'analysis_output__my_analysis', '', NULL, '', '0.14'),
  ('demo_workshop', 'analysis_output__my_analysis', 'merge_id', 'uuid', '', NULL),
  ('demo_workshop', 'analysis_output__my_analysis', 'subject_id', 'uuid', 'random name, says nothing about the animal', NULL),
  ('demo_workshop', 'analysis_output__my_analysis', 'param_name', 'varchar(32)', 'short name of the set', NULL);

CREATE TABLE IF NOT EXISTS "demo_workshop.analysis_output__group_analysis" (
  "merge_id" BLOB NOT NULL,
  "group_id" INTEGER NOT NULL,
  "param_name" TEXT NOT NULL,
  PRIMARY KEY ("merge_id"),
  FOREIGN KEY ("merge_id") REFERENCES "demo_workshop.analysis_output" ("merge_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("group_id", "param_name") REFERENCES "demo_workshop.__group_analysis" ("group_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "demo_workshop.analysis_output__group_analysis.group_id_param_name" ON "demo_workshop.analysis_output__group_analysis" ("group_id", "param_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('demo_workshop', 'analysis_output__group_analysis', '', NULL, '', '0.14'),
  ('demo_workshop', 'analysis_output__group_analysis', 'merge_id', 'uuid', '', NULL),
  ('demo_workshop', 'analysis_output__group_analysis', 'group_id', 'int', '', NULL),
  ('demo_workshop', 'analysis_output__group_analysis', 'param_name', 'varchar(32)', 'short name of the set', NULL);
