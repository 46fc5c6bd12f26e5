DECLARE
  item record;
  wanted name;
  number integer;
BEGIN
  FOR item IN
    SELECT o.oid AS constraint_oid, o.conindid AS relation_oid, o.conname::text AS name, true AS is_constraint
      FROM pg_catalog.pg_constraint o
      WHERE o.conrelid = {{ table }}::pg_catalog.regclass AND o.contype IN ('p', 'f')
    UNION ALL
    SELECT 0, c.oid, c.relname::text, false
      FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = {{ table }}::pg_catalog.regclass AND d.deptype IN ('a', 'i')
  LOOP
    CONTINUE WHEN NOT pg_catalog.starts_with(item.name, {{ from }} || '_');
    wanted := {{ to }} || pg_catalog.substr(item.name, pg_catalog.length({{ from }}) + 1);
    number := 0;
    WHILE EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname IN ({{ schemas }}) AND c.relname = wanted AND c.oid <> item.relation_oid)
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_namespace n ON n.oid = o.connamespace
                  WHERE n.nspname IN ({{ schemas }}) AND o.conname = wanted AND o.oid <> item.constraint_oid)
    LOOP
      number := number + 1;
      wanted := pg_catalog.left({{ to }} || pg_catalog.substr(item.name, pg_catalog.length({{ from }}) + 1), 58) || number;
    END LOOP;
    CONTINUE WHEN wanted::text = item.name;
    IF item.is_constraint THEN
      EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', {{ table }}, item.name, wanted);
    ELSE
      EXECUTE pg_catalog.format('ALTER SEQUENCE %s RENAME TO %I', item.relation_oid::pg_catalog.regclass, wanted);
    END IF;
  END LOOP;
END
