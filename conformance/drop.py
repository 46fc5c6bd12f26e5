"""Drops the schemas whose names begin with a prefix.

    python drop.py '{"url": URL, "prefix": PREFIX}'
"""

import json
import sys
import urllib.parse

import pymysql

spec = json.loads(sys.argv[1])
url = urllib.parse.urlsplit(spec["url"])
user, password = (urllib.parse.unquote(word) for word in (url.username, url.password))
cursor = pymysql.connect(host=url.hostname, port=url.port, user=user, password=password).cursor()
cursor.execute("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA")
names = [row[0] for row in cursor.fetchall() if row[0].startswith(spec["prefix"])]
cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
for name in names:
    cursor.execute(f"DROP DATABASE `{name}`")
