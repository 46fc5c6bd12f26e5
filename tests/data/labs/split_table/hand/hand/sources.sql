UPDATE ${colony.Subject}
SET line_source = (SELECT known.line_source FROM ${colony.Line} AS known WHERE known.line = ${colony.Subject}.line)
WHERE line_source IS NULL;
