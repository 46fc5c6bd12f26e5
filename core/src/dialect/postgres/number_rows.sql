DECLARE
  wanted name := {{ sequence }};
  number integer := 0;
BEGIN
  WHILE EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = {{ schema }} AND c.relname = wanted) LOOP
    number := number + 1;
    wanted := pg_catalog.left({{ sequence }}, 58) || number;
  END LOOP;
  EXECUTE pg_catalog.format('CREATE SEQUENCE %I.%I AS {{ type_sql }} OWNED BY %s.%I', {{ schema }}, wanted, {{ table }}, {{ column }});
  EXECUTE pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT pg_catalog.nextval(%L)', {{ table }}, {{ column }},
    pg_catalog.format('%I.%I', {{ schema }}, wanted));
  EXECUTE pg_catalog.format('SELECT pg_catalog.setval(%L, GREATEST(COALESCE(max(%I), 1), 1)::bigint, COALESCE(max(%I) >= 1, false)) FROM %s',
    pg_catalog.format('%I.%I', {{ schema }}, wanted), {{ column }}, {{ column }}, {{ table }});
END
