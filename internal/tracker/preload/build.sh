#!/usr/bin/env bash
# Builds the tracker libraries, of which the one called attached is for processes that run
# already. With --check, builds them elsewhere and compares them with the committed ones, byte
# by byte. With --check-stacks FILE [arm64], builds to FILE one for tests, of amd64 unless said
# otherwise, which compares every stack with libgcc's (ctest/check_stacks.c). With --attached-sources, prints
# what the library for processes that run already is built from.
set -euo pipefail
cd "$(dirname "$0")"

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
  -Wl,--version-script=csrc/exports.map
  -Wl,-z,initfirst                  # entries are patched before any library's own start runs
  -Wl,-z,now -Wl,-z,relro           # no lazy binding inside a hook
  -Wl,-z,noexecstack
  -Wl,-e,front_injected_start             # no loader looks at a library's entry
  -Wl,-soname,libheapprof.so
  # For the same bytes everywhere:
  -Wl,--build-id=0x68656170707266   # fixed, "heapprf"
  -frandom-seed=heapprof -fno-ident
  "-ffile-prefix-map=$PWD=."
  -g0 -s
)
# A library without the marks would switch off the program's protection of its
# control flow.
flags_amd64=("${flags[@]}" -fcf-protection=full)
flags_arm64=("${flags[@]}" -mbranch-protection=standard
  -mno-outline-atomics              # the functions for them are in libgcc
)

# The library for processes that run already is bound to nothing, not even to variables of
# each thread, so that the recorder can put it where it likes (csrc/front_attached.c). Fronts
# that bear the C library's names are not in it, nor what only they need.
flags_attached=("${flags_amd64[@]}" -DHEAPPROF_ATTACHED
  -ffunction-sections -fdata-sections -Wl,--gc-sections
  -Wl,-e,front_attached_start
  -Wl,-soname,libheapprof-attached.so
)
attached=()
for source in csrc/*.c; do
  case $source in
    csrc/start.c | csrc/front_dlclose.c | csrc/front_entry.c | csrc/front_filter.c | csrc/front_injected.c | csrc/front_malloc.c | csrc/front_operators.c) ;;
    *) attached+=("$source") ;;
  esac
done
if [ "${1:-}" = --attached-sources ]; then
  printf '%s\n' "${attached[@]}"
  exit
fi

if [ "${1:-}" = --check-stacks ]; then
  compiler=("${CC:-gcc}" "${flags_amd64[@]}")
  [ "${3:-}" = arm64 ] && compiler=("${CC_ARM64:-aarch64-linux-gnu-gcc}" "${flags_arm64[@]}")
  "${compiler[@]}" -Wl,--wrap=unwind -o "$2" csrc/*.c ctest/check_stacks.c -lgcc_s -lc
  exit
fi

build() { # directory
  "${CC:-gcc}" "${flags_amd64[@]}" -o "$1/libheapprof-amd64.so" csrc/*.c
  "${CC:-gcc}" "${flags_attached[@]}" -o "$1/libheapprof-attached-amd64.so" "${attached[@]}"
  # Debian's package gcc-aarch64-linux-gnu.
  "${CC_ARM64:-aarch64-linux-gnu-gcc}" "${flags_arm64[@]}" -o "$1/libheapprof-arm64.so" csrc/*.c
}

if [ "${1:-}" = --check ]; then
  tmp=$(mktemp -d)
  trap 'rm -rf "$tmp"' EXIT
  build "$tmp"
  for library in libheapprof-*.so; do
    cmp "$tmp/$library" "$library" || { echo "$library is not what its sources build; run internal/tracker/preload/build.sh and commit it" >&2; exit 1; }
    echo "$library is what its sources build"
  done
else
  build .
  sha256sum csrc/* libheapprof-*.so > SHA256SUMS
fi
