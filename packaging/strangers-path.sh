#!/usr/bin/env bash
# What somebody does who has just downloaded ncgate: unpack, serve, connect, make a key, let an agent ask something. Each
# step is the command that the documentation shows, with what it said and how long it took. N-central is the built-in
# emulator, everything lies in a directory that is thrown away.
#
#   packaging/strangers-path.sh target/release-files/ncgate-0.1.0-x86_64-linux.tar.gz
set -euo pipefail
archive=$(realpath "${1:?the archive that cargo xtask dist made}")
place=$(mktemp -d)
pids=()
# shellcheck disable=SC2317
leave() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$place"
}
trap leave EXIT
cd "$place"
# Nothing of this machine but the archive.
export HOME=$place PATH=/usr/bin:/bin NCGATE_LOG=warn
unset "${!NCGATE_@}" XDG_STATE_HOME
export NCGATE_LOG=warn

start=$(date +%s%N)
step() { # a title, then the command; what it prints is shown and kept in `said`
  local title=$1 began
  shift
  began=$(date +%s%N)
  printf '\n== %s\n' "$title"
  said=$("$@")
  printf '%s\n-- %d ms\n' "$(cut -c1-400 <<<"$said")" $((($(date +%s%N) - began) / 1000000))
}
up() { # a file for its first line, then a command that stays up
  local file=$1
  shift
  "$@" >"$file" </dev/null &
  pids+=($!)
  for _ in $(seq 200); do
    [[ -s $file ]] && { cat "$file"; return; }
    kill -0 "${pids[-1]}" || { echo "it ended: $*" >&2; return 1; }
    sleep 0.05
  done
  echo "it did not come up: $*" >&2
  return 1
}
member() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/"; }

step "unpack" tar -xzf "$archive" --strip-components=1
step "see that it runs" ./ncgate --version
# Not a step of a stranger with an N-central: what stands in for it here.
up upstream.json ./ncgate emulator --listen 127.0.0.1:0 >/dev/null
serve() { up gateway.json ./ncgate serve --listen 127.0.0.1:0; }
began=$(date +%s%N)
printf '\n== serve\n'
serve
printf -- '-- %d ms\n' $((($(date +%s%N) - began) / 1000000))
connect() { member jwt <upstream.json | ./ncgate connect "$(member url <upstream.json)" --name main; }
step "connect" connect
step "make a key for an agent" ./ncgate key create --name first-agent --kind agent
NCGATE_KEY=$(member secret <<<"$said")
export NCGATE_KEY
NCGATE_URL=$(member url <gateway.json)
export NCGATE_URL
said=
agent() {
  ./ncgate mcp <<'MCP' | tail -n 1
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"stranger","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"n_central-list-devices","arguments":{"customer":"Acme","search":"FS"}}}
MCP
}
step "the first call of an agent, over MCP" agent
grep -q ACME-FS01 <<<"$said" || { echo "the answer does not name the file server" >&2; exit 1; }
step "see that all is well" ./ncgate healthcheck
printf '\nfrom the archive to the first answer: %d ms\n' $((($(date +%s%N) - start) / 1000000))
