# shellcheck shell=bash
# What the scripts beside it share: a step with what it said and how long it took, a program that stays up, and the first
# call of an agent. Sourced; whoever sources it ends what is in `pids`.

pids=()
# A step of several commands ends with the first that fails.
shopt -s inherit_errexit

step() { # a title, then the command; what it prints is shown and kept in `said`
  local title=$1 began
  shift
  began=$(date +%s%N)
  printf '\n== %s\n' "$title"
  said=$("$@")
  printf '%s\n-- %d ms\n' "$(cut -c1-400 <<<"$said")" $((($(date +%s%N) - began) / 1000000))
}

up() { # a title, a file for its first line, then a command that stays up
  local title=$1 file=$2 began
  shift 2
  began=$(date +%s%N)
  printf '\n== %s\n' "$title"
  : >"$file"
  "$@" >"$file" </dev/null &
  pids+=($!)
  for _ in $(seq 600); do
    if [[ -s $file ]]; then
      printf '%s\n-- %d ms\n' "$(cat "$file")" $((($(date +%s%N) - began) / 1000000))
      return
    fi
    kill -0 "${pids[-1]}" || { echo "it ended: $*" >&2; return 1; }
    sleep 0.05
  done
  echo "it did not come up: $*" >&2
  return 1
}

member() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/"; }

first_call() { # the command that relays MCP
  "$@" <<'MCP' | tail -n 1
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"stranger","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"n_central-list-devices","arguments":{"customer":"Acme","search":"FS"}}}
MCP
}

names_the_file_server() { # what that call was answered, in `said`
  grep -q ACME-FS01 <<<"$said" || { echo "the answer does not name the file server" >&2; return 1; }
}
