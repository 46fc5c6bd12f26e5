DECLARE
  name text;
BEGIN
  SELECT o.conname INTO STRICT name FROM pg_catalog.pg_constraint o
    WHERE o.conrelid = {{ table }}::pg_catalog.regclass AND o.contype = 'f' AND o.confrelid = {{ parent }}::pg_catalog.regclass
      AND (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
           FROM pg_catalog.unnest(o.conkey) WITH ORDINALITY AS k(number, place)
           JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number) = ARRAY[{{ columns }}]
      AND (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
           FROM pg_catalog.unnest(o.confkey) WITH ORDINALITY AS k(number, place)
           JOIN pg_catalog.pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number) = ARRAY[{{ parent_columns }}]
    ORDER BY o.oid LIMIT 1;
  EXECUTE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', {{ table }}, name);
END
