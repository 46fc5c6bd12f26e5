DECLARE
  sequence text := pg_catalog.pg_get_serial_sequence({{ table }}, {{ column }});
BEGIN
  IF sequence IS NOT NULL THEN
    EXECUTE 'ALTER SEQUENCE ' || sequence || ' AS {{ type_sql }}';
  END IF;
END
