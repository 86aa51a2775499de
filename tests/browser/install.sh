#!/bin/sh
# Installs the npm packages that package-lock.json pins, for the browser and the interop tests and the JavaScript
# client, beside each such file. Does nothing where they are there.
set -eu
cd "$(dirname "$0")"
for folder in . ../interop ../../web/client; do
  stamp=$folder/node_modules/.installed-from
  cmp -s "$folder/package-lock.json" "$stamp" || {
    (cd "$folder" && npm ci --no-progress)
    cp "$folder/package-lock.json" "$stamp"
  }
done
