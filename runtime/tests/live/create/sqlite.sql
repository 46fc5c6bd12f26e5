CREATE TABLE "$Slab.#kind" ("kind_b" INTEGER NOT NULL, "kind_a" TEXT NOT NULL DEFAULT 'it''s', PRIMARY KEY ("kind_a", "kind_b"))
;
CREATE TABLE "$Slab.~lineage" (table_name TEXT, attribute_name TEXT, lineage TEXT, PRIMARY KEY (table_name, attribute_name))
;
INSERT INTO "$Slab.~lineage" VALUES ('#kind', 'kind_a', '$Slab.#kind.kind_a')
;
CREATE TABLE "$Sephys.numbered" (id INTEGER PRIMARY KEY AUTOINCREMENT, a REAL DEFAULT 0.5, b BLOB, c TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, d TEXT CHECK (d IN ('x', 'y')))
;
CREATE UNIQUE INDEX "numbered_b" ON "$Sephys.numbered" (b, json_extract(c, '$.x,y'), a DESC)
;
CREATE TABLE "$Sephys._child" (
  kind_a TEXT NOT NULL, kind_b INTEGER NOT NULL, id INTEGER, other_a TEXT, other_b INTEGER, PRIMARY KEY (kind_a, kind_b),
  FOREIGN KEY (kind_a, kind_b) REFERENCES "$Slab.#kind" (kind_a, kind_b) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (other_a, other_b) REFERENCES "$Slab.#kind" (kind_a, kind_b) ON UPDATE CASCADE ON DELETE SET NULL,
  FOREIGN KEY (id) REFERENCES "$Sephys.numbered"
)
;
CREATE TABLE foreigner (x VARCHAR(3))
;
CREATE VIEW "$Sephys.seen" AS SELECT kind_a FROM "$Sephys._child"
