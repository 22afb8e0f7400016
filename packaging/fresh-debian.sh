#!/usr/bin/env bash
# The first steps of somebody with a fresh Debian: exactly the commands that README.md shows, on a system that holds
# nothing else, each with how long it took, as a table in Markdown.
#
#   sudo packaging/fresh-debian.sh FOLDER demo REPOSITORY    clone it, and play the demo
#   sudo packaging/fresh-debian.sh FOLDER serve ARCHIVE      packaging/strangers-path.sh, without a network
#   sudo packaging/fresh-debian.sh FOLDER service ARCHIVE    packaging/service-path.sh, under a systemd of its own
#   sudo packaging/fresh-debian.sh FOLDER setup REPOSITORY   bring what the tests need: as an ordinary user, then as root
#
# FOLDER gets a minimal Debian (`debootstrap --variant=minbase`, once) and, for each of the four, a copy of it with the
# log beside it. They stay, to be looked at; nothing is mounted there when the script is over, so `rm -rf` removes all.
# REPOSITORY is an address for git, or a local checkout, of which what is committed counts.
#
# What this machine lends to the new one: its Rust toolchain (bind-mounted: the README expects "Debian with Rust"), the
# configuration of cargo and pip, its proxies, its own certificate authorities, its name servers, and the address from
# which apt takes Debian (or DEBIAN_MIRROR). The suite is DEBIAN_SUITE, or bookworm.
set -euo pipefail

usage() { sed -n '/^#   sudo/s/^#   //p' "$0" >&2; exit 2; }
[[ $# == 3 && $2 =~ ^(demo|serve|service|setup)$ ]] || usage
[[ $(id -u) == 0 ]] || { echo "a Debian of its own is made by root: run it with sudo" >&2; exit 2; }
here=$(realpath "$(dirname "$0")")
mkdir -p "$1"
folder=$(realpath "$1") path=$2 given=$3
suite=${DEBIAN_SUITE:-bookworm}
root=$folder/$path

# Everything below runs in mounts and processes of its own, and where nothing may be fetched without a network: when
# the first process ends, however it ends, the system takes all of that away.
if [[ -z ${FRESH_DEBIAN_INSIDE:-} ]]; then
  mirror=${DEBIAN_MIRROR:-}
  if [[ -z $mirror ]]; then
    # The first place from which this machine takes that suite.
    mirror=$(apt-get indextargets --format "\$(RELEASE) \$(REPO_URI)" 'Identifier: Packages' |
      awk -v suite="$suite" '$1 == suite { print $2; exit }')
    [[ -n $mirror ]] || { echo "apt knows no $suite here: say where it is with DEBIAN_MIRROR" >&2; exit 1; }
  fi
  if [[ ! -e $folder/base/etc/debian_version ]]; then
    rm -rf "$folder/base.part"
    debootstrap --variant=minbase "$suite" "$folder/base.part" "$mirror" >"$folder/base.log" ||
      { tail "$folder/base.log" >&2; exit 1; }
    # A package's folder of its own downloads is no part of a fresh system.
    rm -f "$folder"/base.part/var/cache/apt/archives/*.deb
    mv "$folder/base.part" "$folder/base"
  fi
  rm -rf --one-file-system "$root"
  cp -a "$folder/base" "$root"
  network=()
  [[ $path == serve ]] && network=(--net)
  FRESH_DEBIAN_INSIDE=1 unshare --mount --pid --fork --kill-child "${network[@]}" "$0" "$folder" "$path" "$given" &
  inside=$!
  # It would wait for the end of what runs in there.
  trap 'kill -KILL $inside' HUP INT TERM
  wait $inside
  exit
fi

log=$folder/$path.log
: >"$log"
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done

# A command in there: of root, or of the ordinary user with the name of the documentation's examples. It sees none of
# this machine's variables but those of proxies.
lent=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [[ -n ${!name:-} ]] && lent+=("$name=${!name}")
done
within() { # whose, then the command
  local user=$1 home=/root
  shift
  [[ $user == root ]] || home=/home/$user
  chroot --userspec="$user" "$root" /usr/bin/env -i "HOME=$home" "USER=$user" TERM=dumb LANG=C.UTF-8 "${lent[@]}" \
    PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
}
typed() { # whose, then a line as it is typed into a shell at home
  local user=$1
  shift
  within "$user" bash -c "cd; $*"
}
within root useradd --create-home --shell /bin/bash ada

# One row of the table; what the command says goes into the log.
rows=()
step() { # a title, then the command
  local title=$1 TIMEFORMAT='%R %U %S'
  shift
  printf '\n== %s\n' "$title" >>"$log"
  # What it took by the clock, and in processor time, which other work on the machine does not stretch.
  if ! { time "$@" >>"$log" 2>&1; } 2>"$folder/took"; then
    tail -n 30 "$log" >&2
    echo "failed: $title (all of it: $log)" >&2
    exit 1
  fi
  rows+=("$(awk -v title="$title" '{ printf "| %s | %.1f s | %.1f s |", title, $1, $2 + $3 }' "$folder/took")")
}
table() {
  # shellcheck disable=SC1091
  printf '\nDebian %s (minimal), %s' "$(cat "$root/etc/debian_version")" "$(nproc) processors"
  [[ -x $root/opt/rust/bin/rustc ]] && printf ', %s' "$(within root rustc --version)"
  case $path in
  serve | service) printf '\n\n| step | measured |\n| --- | --- |\n' ;;
  *) printf '\n\n| step | measured | of processors |\n| --- | --- | --- |\n' ;;
  esac
  printf '%s\n' "${rows[@]}"
}

# The titles and times of what a script beside this one said, as rows.
told() {
  while read -r row; do rows+=("$row"); done < <(
    awk '/^== /{ title = substr($0, 4) } /^-- /{ print "| " title " | " $2 " ms |" }
      /^from the archive/{ sub(/:/, " |"); print "| " $0 " |" }' "$log")
}

# Becomes the first process of the new machine: its own systemd, beside which the script runs. The machine ends with it.
boot() {
  ip link set lo up
  mount -t proc proc "$1/proc"
  mount -t tmpfs tmpfs "$1/run"
  mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
  cd "$1"
  pivot_root . mnt
  umount -l /mnt
  (
    until systemctl list-units >/dev/null 2>&1; do sleep 0.1; done
    systemctl is-system-running --wait >/dev/null || true # what no machine of this kind can do counts for nothing
    if /opt/service-path.sh /opt/archive.tar.gz; then systemctl exit 0; else systemctl exit 1; fi
  ) >/var/log/service-path 2>&1 </dev/null &
  exec env -i container=chroot PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --log-target=null --show-status=0
}

# What this machine lends for fetching.
lend_network() {
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  apt-config dump | grep -iE '^Acquire::(http|https)::(proxy|[^ ]*::proxy)' >"$root/etc/apt/apt.conf.d/90lent" || true
  # Debian's own tool adds them to the public ones, when `ca-certificates` comes.
  mkdir -p "$root/usr/local/share/ca-certificates"
  find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$root/usr/local/share/ca-certificates" {} +
}

# And for building: what belongs to whoever called, through sudo or not.
lend_rust() {
  local sysroot=(rustc --print sysroot) cargo=${CARGO_HOME:-$HOME/.cargo}
  if [[ -n ${SUDO_USER:-} ]]; then
    sysroot=(runuser --login "$SUDO_USER" --command "${sysroot[*]}")
    cargo=$(getent passwd "$SUDO_USER" | cut -d: -f6)/.cargo
  fi
  mkdir -p "$root/opt/rust"
  mount --bind "$("${sysroot[@]}")" "$root/opt/rust"
  mount -o remount,bind,ro "$root/opt/rust"
  for home in root home/ada; do
    [[ ! -e $cargo/config.toml ]] || install -D -m 0644 "$cargo/config.toml" "$root/$home/.cargo/config.toml"
  done
  within root chown -R ada: /home/ada
  [[ ! -e /etc/pip.conf ]] || cp /etc/pip.conf "$root/etc/pip.conf"
}

# git and the C compiler in the words of the README, then the clone.
fetch() {
  local source=$given readme install
  if [[ -d $given ]]; then
    # Whoever owns a local checkout, the clone is made of what it has committed.
    git -c 'safe.directory=*' clone --quiet --bare "file://$(realpath "$given")" "$root/srv/ncgate.git"
    within root chown -R ada: /srv/ncgate.git
    source=/srv/ncgate.git
    readme=$(git --git-dir="$root/srv/ncgate.git" -c 'safe.directory=*' show HEAD:README.md)
  else
    readme=$(cat "$here/../README.md")
  fi
  install=$(grep -om1 'apt-get install -y [a-z0-9 -]*' <<<"$readme") || { echo "the README names no packages" >&2; exit 1; }
  step "\`apt-get update\`" typed root apt-get update
  step "\`$install\`" typed root DEBIAN_FRONTEND=noninteractive "$install"
  step "\`git clone\`$([[ -d $given ]] && echo ', from the same disk')" typed ada git clone "$source" ncgate
}

case $path in
demo)
  lend_network
  lend_rust
  fetch
  command=$(grep -m1 '^cargo run' "$root/home/ada/ncgate/README.md")
  step "\`$command\` with \`--approve --once\`: fetch, build and play" typed ada "cd ncgate && $command --approve --once"
  step "the same again" typed ada "cd ncgate && $command --approve --once"
  ;;
serve)
  # Nothing may be fetched: there is loopback and nothing else.
  ip link set lo up
  cp "$here/strangers-path.sh" "$here/steps.sh" "$root/opt/"
  cp "$given" "$root/opt/archive.tar.gz"
  within ada /opt/strangers-path.sh /opt/archive.tar.gz 2>&1 | tee -a "$log"
  told
  ;;
service)
  lend_network
  step "\`apt-get update\`" typed root apt-get update
  # Every Debian but a minimal one has it.
  step "\`apt-get install -y systemd\`" typed root DEBIAN_FRONTEND=noninteractive apt-get install -y systemd
  rows=()
  : >"$log"
  cp "$here/service-path.sh" "$here/steps.sh" "$root/opt/"
  cp "$given" "$root/opt/archive.tar.gz"
  ended=0
  unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child \
    "$BASH" -euc "$(declare -f boot); boot \"\$1\"" boot "$root" || ended=$?
  tee -a "$log" <"$root/var/log/service-path"
  [[ $ended == 0 ]] || exit 1
  told
  ;;
setup)
  lend_network
  lend_rust
  fetch
  printf '\n== cargo xtask setup, as an ordinary user\n' >>"$log"
  said=$(typed ada "cd ncgate && cargo xtask setup 2>&1") && { echo "an ordinary user was let in" >&2; exit 1; }
  printf '%s\n' "$said" >>"$log"
  printf 'An ordinary user is told:\n\n%s\n' "$(tail -n 1 <<<"$said")"
  typed root git config --global --add safe.directory /home/ada/ncgate
  step "\`cargo xtask setup\` as root" typed root "cd /home/ada/ncgate && cargo xtask setup"
  step "the same again" typed root "cd /home/ada/ncgate && cargo xtask setup"
  step "a PostgreSQL server for a command" typed root "cd /home/ada/ncgate && cargo xtask postgres -- true"
  ;;
esac
table
