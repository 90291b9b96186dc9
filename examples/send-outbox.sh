#!/bin/sh
# Sends each file of outbox/ as one message, and moves it to sent/ once the broker has it. Ends at
# the first that is not accepted, with the exit code of send; that file is sent again the next time.
set -eu
mkdir -p outbox sent
for file in outbox/*; do
  [ -f "$file" ] || continue
  deno task -q send --config "${CONFIG:-config.yaml}" --quiet --file "$file"
  mv -- "$file" sent/
done
