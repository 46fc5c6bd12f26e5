DECLARE
  sequence text := pg_catalog.pg_get_serial_sequence({{ table }}, {{ column }});
BEGIN
  IF EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = {{ table }}::pg_catalog.regclass AND a.attname = {{ column }} AND a.attidentity <> '') THEN
    EXECUTE pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', {{ table }}, {{ column }});
  ELSE
    EXECUTE pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', {{ table }}, {{ column }});
    IF sequence IS NOT NULL THEN
      EXECUTE 'DROP SEQUENCE ' || sequence;
    END IF;
  END IF;
END
