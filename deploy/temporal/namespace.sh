#!/bin/sh
# Makes the namespace, its retention and the search attributes of a case, and proves the types. Running it again changes nothing.
# Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION (720h by default).
set -eu

here=$(dirname "$0")
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}" "${RETENTION:=720h}"
export TEMPORAL_ADDRESS

temporal operator namespace describe -n "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 \
  || temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"

# A new namespace reaches the frontend's cache a few seconds after it was made.
tries=0
until known=$(temporal operator search-attribute list -n "$TEMPORAL_NAMESPACE" 2>/dev/null); do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || { echo "namespace $TEMPORAL_NAMESPACE does not answer" >&2; exit 1; }
  sleep 1
done
temporal operator namespace update -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION" >/dev/null

while read -r name type; do
  echo "$known" | grep -q "^ *$name  *" || temporal operator search-attribute create -n "$TEMPORAL_NAMESPACE" --name "$name" --type "$type"
done <"$here/search-attributes"

# Registering a known name with another type is silently ignored by the server: look at what stands.
known=$(temporal operator search-attribute list -n "$TEMPORAL_NAMESPACE")
while read -r name type; do
  echo "$known" | grep -q "^ *$name  *$type *\$" || {
    echo "search attribute $name is not of type $type in namespace $TEMPORAL_NAMESPACE: remove it with 'temporal operator search-attribute remove -n $TEMPORAL_NAMESPACE --name $name' and run this again" >&2
    exit 1
  }
done <"$here/search-attributes"
echo "namespace $TEMPORAL_NAMESPACE is ready"
