CREATE DATABASE $Slab
;
CREATE DATABASE $Scommon
;
CREATE TABLE $Scommon.`#lab_member` (member_id varchar(24) NOT NULL COMMENT 'who', full_name varchar(255) NOT NULL, PRIMARY KEY (member_id))
  ENGINE=InnoDB
;
CREATE TABLE $Slab.notebook (
  member_id varchar(24) NOT NULL COMMENT 'who', page int NOT NULL, PRIMARY KEY (member_id, page),
  FOREIGN KEY (member_id) REFERENCES $Scommon.`#lab_member` (member_id) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB
;
CREATE USER '$Sana'@'%' IDENTIFIED BY 'Least_1x'
;
GRANT SELECT, SHOW VIEW ON `$Slab`.* TO '$Sana'@'%'
