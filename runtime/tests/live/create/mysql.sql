CREATE DATABASE `$Slab` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci
;
CREATE DATABASE `$Sephys` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci
;
CREATE TABLE `$Slab`.`#kind` (
  `kind_b` smallint unsigned NOT NULL,
  `kind_a` varchar(16) NOT NULL COMMENT ":varchar(16):what it is",
  `number` int NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`kind_a`, `kind_b`), UNIQUE INDEX (`number`)
) ENGINE=InnoDB, COMMENT "kinds, 'quoted' und größer"
;
CREATE TABLE `$Slab`.`~lineage` (table_name varchar(64), attribute_name varchar(64), lineage varchar(255), PRIMARY KEY (table_name, attribute_name))
;
INSERT INTO `$Slab`.`~lineage` VALUES ('#kind', 'kind_a', '$Slab.#kind.kind_a')
;
CREATE TABLE `$Sephys`.`__types` (
  `a` tinyint(1) NOT NULL DEFAULT 0, `b` bool NOT NULL, `c` int(3) unsigned NOT NULL, `d` bigint unsigned NULL,
  `e` decimal(6,2) NOT NULL DEFAULT 1.50, `f` float, `g` double NOT NULL DEFAULT '-0.5', `h` float(5,2),
  `i` enum('a','it''s','x,y') NOT NULL DEFAULT 'it''s', `j` char(4) NOT NULL DEFAULT 'NULL', `k` varchar(9) DEFAULT NULL,
  `l` timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), `m` datetime NULL DEFAULT CURRENT_TIMESTAMP,
  `n` date NOT NULL DEFAULT '2020-01-31', `o` time(2) NULL, `p` year NULL, `q` json, `r` longblob, `s` binary(16) NOT NULL COMMENT ":uuid:id",
  `t` text, `u` varchar(9) CHARACTER SET latin1 NULL, `v` varchar(30) NOT NULL DEFAULT 'CURRENT_TIMESTAMP', `w` mediumint NOT NULL DEFAULT -5,
  PRIMARY KEY (`s`), INDEX pre (`k`(4), `d` DESC)
) ENGINE=InnoDB
;
CREATE TABLE `$Sephys`.`_child` (
  `kind_a` varchar(16) NOT NULL, `kind_b` smallint unsigned NOT NULL, `other_b` smallint unsigned NULL, `other_a` varchar(16) NULL, `s` binary(16) NOT NULL,
  PRIMARY KEY (`kind_a`, `kind_b`, `s`),
  FOREIGN KEY (`kind_a`, `kind_b`) REFERENCES `$Slab`.`#kind` (`kind_a`, `kind_b`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`other_a`, `other_b`) REFERENCES `$Slab`.`#kind` (`kind_a`, `kind_b`) ON UPDATE CASCADE ON DELETE SET NULL,
  FOREIGN KEY (`s`) REFERENCES `$Sephys`.`__types` (`s`)
) ENGINE=InnoDB
;
CREATE VIEW `$Sephys`.`seen` AS SELECT kind_a FROM `$Sephys`.`_child`
