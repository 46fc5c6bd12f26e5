DECLARE
  name text;
BEGIN
  SELECT o.conname INTO STRICT name FROM pg_catalog.pg_constraint o
    WHERE o.conrelid = {{ table }}::pg_catalog.regclass AND o.contype = 'p';
  EXECUTE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', {{ table }}, name);
END
