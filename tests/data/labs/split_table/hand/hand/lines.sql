INSERT INTO ${colony.Line} (line, line_source)
SELECT line, max(line_source) FROM ${colony.Subject}
WHERE line NOT IN (SELECT line FROM ${colony.Line})
GROUP BY line;
