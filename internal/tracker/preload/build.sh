#!/usr/bin/env bash
# Builds the tracker library. With --check, builds it elsewhere and compares it
# with the committed one, byte by byte. With --check-stacks FILE, builds to FILE
# one for tests, which compares every stack with libgcc's (ctest/check_stacks.c).
set -euo pipefail
cd "$(dirname "$0")"
check=false
[ "${1:-}" = --check ] && check=true

flags=(
  -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wconversion -Werror
  -shared -fPIC -fvisibility=hidden
  -nostdlib -ffreestanding          # no libc: nothing of the program's is called but imports.h
  -fno-omit-frame-pointer           # a hook's frame pointer is where unwinding starts
  -fno-optimize-sibling-calls       # a hook must stay on the stack while the real function runs
  -fno-reorder-blocks-and-partition # gcc 12 takes a hook's main path for a cold one
  -mgeneral-regs-only               # frames are copied word by word: a vector load of words just stored waits for the stores
  -fno-stack-protector              # would need libc's canary and its failure function
  -fno-asynchronous-unwind-tables -funwind-tables  # so that others can unwind through us
  -ftls-model=initial-exec          # no __tls_get_addr, which may allocate
  -fcf-protection=full              # a library without the marks would switch off the program's
  -Wl,--version-script=csrc/exports.map
  -Wl,-z,now -Wl,-z,relro           # no lazy binding inside a hook
  -Wl,-z,noexecstack
  -Wl,-soname,libheapprof.so
  # For the same bytes everywhere:
  -Wl,--build-id=0x68656170707266   # fixed, "heapprf"
  -frandom-seed=heapprof -fno-ident
  "-ffile-prefix-map=$PWD=."
  -g0 -s
)
build() { # compiler, output
  "$1" "${flags[@]}" -o "$2" csrc/*.c
}

if [ "${1:-}" = --check-stacks ]; then
  "${CC:-gcc}" "${flags[@]}" -Wl,--wrap=unwind -o "$2" csrc/*.c ctest/check_stacks.c -lgcc_s -lc
  exit
fi

out=libheapprof-amd64.so
if $check; then
  tmp=$(mktemp -d)
  trap 'rm -rf "$tmp"' EXIT
  build "${CC:-gcc}" "$tmp/$out"
  cmp "$tmp/$out" "$out" || { echo "$out is not what its sources build; run internal/tracker/preload/build.sh and commit it" >&2; exit 1; }
  echo "$out is what its sources build"
else
  build "${CC:-gcc}" "$out"
fi
sha256sum csrc/* "$out" > "${tmp:-.}/SHA256SUMS"
$check || true
