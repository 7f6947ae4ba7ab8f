#!/bin/sh
# Creates both of Temporal's databases, or brings them up to the schema of this release. Running it again changes nothing.
# Reads SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN, which are temporal-sql-tool's own names.
set -eu

for part in temporal visibility; do
  database=temporal
  [ "$part" = temporal ] || database="temporal_$part"
  # On a database that is there already these two may fail, and change nothing; the update after them is the judge.
  temporal-sql-tool --db "$database" create || true
  temporal-sql-tool --db "$database" setup-schema -v 0.0 || true
  temporal-sql-tool --db "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$part/versioned"
done
