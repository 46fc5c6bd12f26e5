-- Written by `djc sql` for SQLite, as datajoint 0.14 would declare it: 3 tables in 1 schema.
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
  ('image', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "image.image" (
  "image_id" INTEGER NOT NULL,
  "taken" TEXT NOT NULL,
  "pixels" BLOB NOT NULL,
  PRIMARY KEY ("image_id")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('image', 'image', '', NULL, 'images as they were taken', '0.14'),
  ('image', 'image', 'image_id', 'int', 'running number', NULL),
  ('image', 'image', 'taken', 'datetime', 'when the shutter opened', NULL),
  ('image', 'image', 'pixels', 'longblob', 'grey values, rows by columns', NULL);

CREATE TABLE IF NOT EXISTS "image.#filter" (
  "filter_name" TEXT NOT NULL,
  "width" TEXT NOT NULL,
  PRIMARY KEY ("filter_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('image', '#filter', '', NULL, 'filters that can be applied', '0.14'),
  ('image', '#filter', 'filter_name', 'varchar(24)', '', NULL),
  ('image', '#filter', 'width', 'decimal(4, 1)', 'full width at half maximum, in pixels', NULL);

CREATE TABLE IF NOT EXISTS "image.__filtered_image" (
  "image_id" INTEGER NOT NULL,
  "filter_name" TEXT NOT NULL,
  "filtered" BLOB NOT NULL,
  PRIMARY KEY ("image_id", "filter_name"),
  FOREIGN KEY ("image_id") REFERENCES "image.image" ("image_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("filter_name") REFERENCES "image.#filter" ("filter_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "image.__filtered_image.filter_name" ON "image.__filtered_image" ("filter_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('image', '__filtered_image', '', NULL, 'images after a filter', '0.14'),
  ('image', '__filtered_image', 'image_id', 'int', 'running number', NULL),
  ('image', '__filtered_image', 'filter_name', 'varchar(24)', '', NULL),
  ('image', '__filtered_image', 'filtered', 'longblob', 'grey values after the filter', NULL);
