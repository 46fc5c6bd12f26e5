CREATE DATABASE $Slab CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
;
CREATE DATABASE `$SOdd Name` CHARACTER SET latin1
;
CREATE DATABASE $Scommon
;
CREATE TABLE $Slab.subject (
  subject_id int unsigned NOT NULL AUTO_INCREMENT COMMENT 'tag, 50% of "them" in C:\\cages',
  born date DEFAULT NULL,
  weight decimal(6,2) unsigned DEFAULT 12.50,
  sex enum('F','M','it''s, unknown') NOT NULL DEFAULT 'F' COMMENT 'µ and {braces}',
  changed timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  alive tinyint(1) NOT NULL DEFAULT 1,
  tail longblob,
  _hidden int DEFAULT NULL,
  PRIMARY KEY (subject_id), KEY born_tail (born, weight), UNIQUE KEY one (sex, born)
) ENGINE=InnoDB COMMENT='animals; one a row'
;
CREATE TABLE $Slab.`#rig` (rig varchar(16) NOT NULL, note varchar(255) NOT NULL DEFAULT '', PRIMARY KEY (rig)) ENGINE=InnoDB
;
CREATE TABLE $Slab._session (
  subject_id int unsigned NOT NULL COMMENT 'tag, 50% of "them" in C:\\cages',
  session smallint NOT NULL,
  rig varchar(16) DEFAULT NULL,
  second_rig varchar(16) NOT NULL,
  other_subject int unsigned DEFAULT NULL,
  PRIMARY KEY (subject_id, session),
  CONSTRAINT a1 FOREIGN KEY (subject_id) REFERENCES $Slab.subject (subject_id) ON UPDATE CASCADE ON DELETE RESTRICT,
  CONSTRAINT a2 FOREIGN KEY (rig) REFERENCES $Slab.`#rig` (rig) ON UPDATE CASCADE ON DELETE RESTRICT,
  CONSTRAINT a3 FOREIGN KEY (second_rig) REFERENCES $Slab.`#rig` (rig) ON UPDATE CASCADE ON DELETE RESTRICT,
  CONSTRAINT a4 FOREIGN KEY (other_subject) REFERENCES $Slab.subject (subject_id) ON UPDATE CASCADE ON DELETE CASCADE
) ENGINE=InnoDB
;
CREATE TABLE $Slab._session__trial (
  subject_id int unsigned NOT NULL COMMENT 'tag, 50% of "them" in C:\\cages', session smallint NOT NULL, trial int NOT NULL,
  PRIMARY KEY (subject_id, session, trial),
  FOREIGN KEY (subject_id, session) REFERENCES $Slab._session (subject_id, session) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB
;
CREATE TABLE $Slab.gone__part (a int NOT NULL, PRIMARY KEY (a)) ENGINE=InnoDB
;
CREATE TABLE $Slab.strange (
  a int NOT NULL, place point DEFAULT NULL, flags set('x','y') DEFAULT NULL, `Upper Case` int DEFAULT NULL,
  five int DEFAULT 5, again char(36) NOT NULL DEFAULT (uuid()), story text, PRIMARY KEY (a)
) ENGINE=InnoDB
;
CREATE TABLE $Slab.setkey (flags set('x','y') NOT NULL, PRIMARY KEY (flags)) ENGINE=InnoDB
;
CREATE TABLE $Slab.tree (
  node int NOT NULL, above int DEFAULT NULL, PRIMARY KEY (node),
  FOREIGN KEY (above) REFERENCES $Slab.tree (node) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB
;
CREATE TABLE $Slab.backwards (a int NOT NULL, b int NOT NULL, c int NOT NULL, PRIMARY KEY (c, a)) ENGINE=InnoDB
;
CREATE TABLE $Slab.ragged (a int NOT NULL, b varchar(8) COLLATE utf8mb4_bin NOT NULL, PRIMARY KEY (a)) ENGINE=MyISAM
;
CREATE TABLE $Slab.scan_2 (a int NOT NULL, PRIMARY KEY (a)) ENGINE=InnoDB
;
CREATE TABLE $Slab.keyless (a int NOT NULL) ENGINE=InnoDB
;
CREATE VIEW $Slab.seen AS SELECT subject_id FROM $Slab.subject
;
CREATE TABLE $Slab.`~log` (id int NOT NULL, PRIMARY KEY (id)) ENGINE=InnoDB
;
CREATE TABLE $Scommon.member (
  member_id varchar(24) NOT NULL COMMENT 'who', full_name varchar(255) NOT NULL, PRIMARY KEY (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
;
CREATE TABLE `$SOdd Name`.keeper (
  member_id varchar(24) NOT NULL COMMENT 'who', since int NOT NULL COMMENT ':int32:year', PRIMARY KEY (member_id),
  FOREIGN KEY (member_id) REFERENCES $Scommon.member (member_id) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB
;
CREATE TABLE `$SOdd Name`.barn (barn int NOT NULL, shape longblob NOT NULL, PRIMARY KEY (barn)) ENGINE=InnoDB
;
CREATE TABLE `$SOdd Name`.stall (stall int NOT NULL, bed longblob NOT NULL, PRIMARY KEY (stall)) ENGINE=InnoDB
