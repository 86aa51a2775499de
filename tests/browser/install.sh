#!/bin/sh
# Installs the npm packages that package-lock.json pins, beside this file. Does nothing when they are there.
set -eu
cd "$(dirname "$0")"
stamp=node_modules/.installed-from
cmp -s package-lock.json "$stamp" || {
  npm ci --no-progress
  cp package-lock.json "$stamp"
}
